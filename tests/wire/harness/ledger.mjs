import { readFileSync } from 'node:fs'

/** Where a deliberate difference shows, as the table of docs/compatibility.md says it. */
const PLACES = ['wire', 'every response', 'options', 'database']

/** The deliberate differences that docs/compatibility.md lists, and which of them a run has shown. */
export class Ledger {
  #listed = new Map()
  #shown = new Set()

  /** Reads every table row `| name | where | … |` whose name is in backquotes, of the file's chapter on deliberate differences. */
  constructor(file) {
    const chapters = readFileSync(file, 'utf8').split(/^## /m)
    const differences = chapters.find(chapter => chapter.startsWith('Deliberate differences')) ?? chapters.join('')
    for (const line of differences.split('\n')) {
      const row = /^\| `([a-z0-9]+(?:-[a-z0-9]+)*)` \| ([^|]+) \|/.exec(line)
      if (!row) continue
      const [, name, place] = row
      if (!PLACES.includes(place.trim())) throw new Error(`${file}: ${name}: unknown place "${place.trim()}"`)
      if (this.#listed.has(name)) throw new Error(`${file}: ${name} is listed twice`)
      this.#listed.set(name, place.trim())
    }
    if (this.#listed.size === 0) throw new Error(`${file} lists no difference: has its table changed form?`)
  }

  /** Notes that `name` was shown; returns what is wrong with that, if anything. */
  show(name) {
    this.#shown.add(name)
    return this.#listed.has(name) ? [] : [`difference "${name}" is not listed in docs/compatibility.md`]
  }

  /** The names listed for these places that nothing has shown. */
  unshown(places) {
    return [...this.#listed].filter(([name, place]) => places.includes(place) && !this.#shown.has(name)).map(([name]) => name)
  }
}
