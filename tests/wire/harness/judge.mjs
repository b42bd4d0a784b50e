import { isDeepStrictEqual } from 'node:util'
import { compareSelfStep, compareStep } from './compare.mjs'
import { snapshot } from './records.mjs'
import { difference } from './replies.mjs'

/**
 * @typedef {object} Rule a deliberate difference, wherever it shows
 * @property {string} name as docs/compatibility.md lists it
 * @property {(asked: object) => boolean} when which requests it is about, by the request alone
 * @property {(step: Judged) => object | undefined | Promise<object | undefined>} [expect] from what better-auth answered,
 *   what hallpass must answer: that exactly, so nothing can hide behind a rule. Undefined where they are to be equal.
 * @property {string[]} [undo] hallpass refuses what better-auth did: the rows of these tables, cookies and mails are taken
 *   back
 * @property {(step: Judged) => boolean | Promise<boolean>} [mend] does to better-auth's records what hallpass has done to
 *   its own; whether there was anything to do. That hallpass has done it shows when the records are compared.
 *
 * @typedef {object} Judged
 * @property {object} trace what better-auth answered @property {object} asked what it was asked (see Scenario)
 * @property {import('./scenario.mjs').Scenario} reference its side of the scenario
 * @property {Map<string, string>} memory kept through one scenario, for this rule alone
 */

/** Compares steps by rules, and knows which rules a run has needed. */
export class Judge {
  #rules
  #ledger
  #self
  #fired = new Map()

  /** @param {Rule[]} rules @param {import('./ledger.mjs').Ledger} ledger @param {boolean} self better-auth against itself: no rule */
  constructor(rules, ledger, { self = false } = {}) {
    this.#rules = self ? [] : rules
    this.#ledger = ledger
    this.#self = self
  }

  /** A judge of one scenario. */
  begin() {
    const memories = new Map(this.#rules.map(rule => [rule, new Map()]))
    return {
      prepare: async (asked, reference) => {
        const tables = this.#rules.filter(({ undo, when }) => undo && when(asked)).flatMap(({ undo }) => undo)
        return tables.length > 0 && reference.database ? snapshot(reference, tables) : undefined
      },
      judge: (steps, reference, undo) => this.#judge(steps, reference, memories, undo),
    }
  }

  /** How often each rule was needed. */
  get counts() {
    return Object.fromEntries(this.#rules.map(({ name }) => [name, this.#fired.get(name) ?? 0]))
  }

  /** The rules that were never needed, but for those that only longer walks need. */
  get unfired() {
    return [...new Set(this.#rules.filter(({ isRare }) => !isRare).map(({ name }) => name))].filter(name => !this.#fired.has(name))
  }

  async #judge([theirs, ours], reference, memories, undo) {
    if (ours === undefined) return { problems: [], expected: theirs.trace }
    if (ours.label !== theirs.label) return { problems: [`    the servers were asked different things: ${theirs.label} / ${ours.label}`], expected: theirs.trace }
    if (this.#self) return { problems: compareSelfStep(theirs, ours), expected: theirs.trace }

    const { asked } = theirs
    const applying = asked ? this.#rules.filter(({ when }) => when(asked)) : []
    const fired = []
    let expected = theirs.trace
    for (const rule of applying) {
      const changed = await rule.expect?.({ trace: expected, asked, reference, memory: memories.get(rule) })
      if (changed === undefined || isDeepStrictEqual(changed, expected)) continue
      expected = changed
      fired.push(rule)
    }
    const differs = fired.length > 0 ? difference(fired.map(({ name }) => name), theirs.trace, expected) : undefined
    const problems = compareStep({ ...theirs, differs }, ours, this.#ledger)
    const undone = fired.some(({ undo }) => undo)
    if (undone) {
      // What better-auth refuses too has written nothing.
      if (undo) await undo(fired.flatMap(({ undo = [] }) => undo))
      else if (theirs.trace.status < 400) throw new Error('a rule undoes what better-auth writes, and there is no file to undo it in')
      await reference.forgetMails()
    }
    for (const rule of applying) {
      if (await rule.mend?.({ trace: theirs.trace, asked, reference, memory: memories.get(rule) })) {
        problems.push(...this.#ledger.show(rule.name))
        fired.push(rule)
      }
    }
    for (const { name } of fired) this.#fired.set(name, (this.#fired.get(name) ?? 0) + 1)
    return { problems, expected, undone, apart: cachedBy(theirs.trace) !== cachedBy(expected) }
  }
}

/** What an answer puts into the browser beside the token of a session. */
function cachedBy({ cookies = [] }) {
  return cookies.filter(line => line.includes('session_data')).join('\n')
}
