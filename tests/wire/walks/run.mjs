import { mkdtempSync } from 'node:fs'
import path from 'node:path'
import { inLanes } from '../harness/lanes.mjs'
import { Pair } from '../harness/pair.mjs'
import { STANDING } from '../harness/servers.mjs'
import { configuration } from './configurations.mjs'
import { features } from './session-configurations.mjs'
import { describe, plan, shrink, walk } from './walk.mjs'

/** As many seeds in a row share a configuration, and so servers. */
export const TOGETHER = 4

/** What a run of everything walks, from seed 1 on. */
export const FIXED_WALKS = 100

/**
 * Walks by the seeds from `seed` on, `walks` of them.
 *
 * @param {{ seed: number, steps: number, walks: number }} wanted
 * @param {{ judge: import('../harness/judge.mjs').Judge, start: (options: object, newFolder: () => string) => Promise<Server[]>, folder: string, report: (title: string, problems: string[]) => void }} run
 * @returns {Promise<{ compared: number, met: Map<string, number> }>} how many steps were compared, and how often each route gave
 *   each status: what walks never meet they do not test
 */
export async function walkAll({ seed, steps, walks }, run) {
  const groups = new Map()
  for (let each = seed; each < seed + walks; each++) {
    const group = Math.floor(each / TOGETHER)
    groups.set(group, [...(groups.get(group) ?? []), each])
  }
  const waiting = [...groups]
  const progress = new Progress(walks)
  let compared = 0
  const met = new Map()
  const count = pair => {
    compared += pair.length
    for (const { asked, trace } of pair.steps[0].filter(({ asked }) => asked)) {
      const name = `${asked.method} ${asked.path.replace(/[a-zA-Z0-9]{24,}/, ':token')} ${trace.status}`
      met.set(name, (met.get(name) ?? 0) + 1)
    }
  }
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [group, seeds] = next
      await walkTogether(configuration(group), seeds, steps, { ...run, count }, progress)
    }
  }
  await inLanes(lane)
  progress.end()
  return { compared, met }
}

async function walkTogether(options, seeds, steps, { judge, start, folder, report, count }, progress) {
  let servers
  const restart = async () => {
    await Promise.all((servers ?? []).map(server => server.stop()))
    servers = await start(options, () => mkdtempSync(path.join(folder, 'walk-')))
    await Promise.all(servers.map(server => server.standAt(STANDING)))
  }
  try {
    await restart()
    for (const seed of seeds) {
      let again = 0
      const attempt = async steps => {
        again += 1
        const pair = await Pair.on(`walk ${seed} ${again}`, servers, { options }, judge)
        const taken = await walk(pair, steps)
        count(pair)
        return { taken, problems: pair.problems, steps: pair.steps[0] }
      }
      const planned = plan(seed, steps, features(options))
      const first = await attempt(planned)
      if (first.problems.length > 0) report(`walks: seed ${seed}`, await explain(seed, options, planned, first, attempt, restart))
      else report(`walks: seed ${seed}`, [])
      progress.step(first.problems.length > 0)
    }
  } catch (error) {
    report(`walks: seeds ${seeds[0]} to ${seeds.at(-1)}`, [`the walk itself failed: ${error.stack}`, JSON.stringify(options)])
  } finally {
    await Promise.all((servers ?? []).map(server => server.stop()))
  }
}

/** The difference, and the shortest walk found that shows one. */
async function explain(seed, options, planned, first, attempt, restart) {
  let last = first
  await restart()
  const shortest = await shrink(planned.slice(0, first.taken), async steps => {
    const tried = await attempt(steps)
    if (tried.problems.length > 0) {
      last = tried
      await restart()
    }
    return tried.problems.length > 0
  })
  return [
    `first at step ${first.taken}; shown again by: cargo xtask wire --seed ${seed} --walks 1 --steps ${planned.length}`,
    `options: ${JSON.stringify(options)}`,
    `the shortest walk found:\n${shortest.map((step, i) => `  ${i + 1}. ${describe(step)}`).join('\n')}`,
    ...last.problems,
  ]
}

/** A line on a terminal that tells how far it is; nothing elsewhere. */
class Progress {
  #done = 0
  #failed = 0
  #begun = Date.now()

  constructor(all) {
    this.all = all
  }

  step(failed) {
    this.#done += 1
    if (failed) this.#failed += 1
    if (!process.stderr.isTTY) return
    const left = Math.round(((Date.now() - this.#begun) / this.#done) * (this.all - this.#done) / 1000)
    process.stderr.write(`\r\x1b[Kwalks ${this.#done}/${this.all}${this.#failed ? `, ${this.#failed} failed` : ''}, ${left} s left`)
  }

  end() {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  }
}
