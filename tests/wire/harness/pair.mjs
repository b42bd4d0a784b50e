import { createHash } from 'node:crypto'
import { Scenario } from './scenario.mjs'

/** A value that differs between the servers: one for each. */
export class Both {
  constructor(values) {
    this.values = values
  }

  map(change) {
    return new Both(this.values.map(change))
  }
}

/**
 * One scenario against both servers at once, step by step: what a step answered is compared before the next is taken, so
 * that a rule can undo what only better-auth did. Options of requests are those of `Scenario`; anything in them may be a
 * `Both`.
 */
export class Pair {
  #sides
  #judge
  problems = []
  /** Whether the servers have ceased to be alike: later steps would show the same again. */
  parted = false

  /** @param {Scenario[]} sides the reference's, and the other's if there is one @param judge what compares (see Judge) */
  constructor(sides, judge) {
    this.#sides = sides
    this.#judge = judge
    this.origin = sides[0].origin
  }

  /** A scenario on servers whose clocks stand. */
  static async on(name, servers, group, judge) {
    // A request that a server did not get to see has moved no clock; here they are set alike again.
    const now = servers[0].now()
    await Promise.all(servers.flatMap(server => [server.standAt(now), server.control('DELETE', '/outbox')]))
    const sides = servers.map(server => new Scenario(name, server, { ...group, exact: true }))
    await Promise.all(sides.map(side => side.ignoreStored()))
    return new Pair(sides, judge.begin())
  }

  /** The steps of each side. */
  get steps() {
    return this.#sides.map(({ steps }) => steps)
  }

  /** How many steps were compared. */
  get length() {
    return this.#sides[0].steps.length
  }

  /** The users, as the reference has stored them. */
  get users() {
    return this.#sides[0].users
  }

  /** Gives somebody an account at a provider of social login, as a sign-in there would. */
  linkAccount(email, providerId) {
    const id = createHash('sha256').update(`${email} ${this.length}`).digest('hex').slice(0, 32)
    for (const { database, now } of this.#sides.filter(({ database }) => database)) {
      // No two accounts at one moment, or their order would be anybody's.
      const time = new Date(now + this.length).toISOString()
      const insert = database.prepare('insert into account (id, accountId, providerId, userId, createdAt, updatedAt) select ?, ?, ?, id, ?, ? from user where email = ?')
      insert.run(id, id, providerId, time, time, email)
    }
  }

  /** The servers' options. */
  get options() {
    return this.#sides[0].options
  }

  plugin(id) {
    return this.#sides[0].plugin(id)
  }

  email(who) {
    return this.#sides[0].email(who)
  }

  sign(value, secret) {
    return this.#sides[0].sign(value, secret)
  }

  /** A value for each side. */
  each(make) {
    return new Both(this.#sides.map(make))
  }

  browser() {
    return new PairedBrowser((...question) => this.#ask(...question), this.each(side => side.browser()))
  }

  get(path, options) {
    return this.request('GET', path, options)
  }

  post(path, json, options) {
    return this.request('POST', path, { json, ...options })
  }

  /** Sends without a browser: no cookie and no Origin but what the options name. */
  request(method, path, options) {
    return this.#ask(method, path, options, (side, path, options) => side.request(method, side.base + path, options))
  }

  async #ask(method, path, options = {}, send, jar) {
    const { json, headers } = pick(options, 0)
    const cookies = [headers?.cookie ?? jar?.header() ?? []].flat().join('; ')
    const undo = await this.#judge.prepare({ method, path: pick(path, 0).split('?')[0], json, cookies }, this.#sides[0])
    return this.step((side, own, i) => send(side, own(path), own(options), i), undo)
  }

  advance(seconds) {
    return this.step(side => side.advance(seconds))
  }

  /** Gets, and compares what `read` makes of the answer and nothing else. */
  glance(path, read) {
    return this.step(side => side.glance(path, read))
  }

  /** Ends the processes and starts others. */
  restart() {
    return this.step(side => side.restart())
  }

  rows() {
    return this.step(side => side.rows())
  }

  outbox() {
    return this.step(side => side.outbox())
  }

  /**
   * Takes a step on both sides. `act(side, own)` takes it on one; `own` gives that side's part of a value. The answer
   * holds what each side got, and the status that both must have had.
   */
  async step(act, undo) {
    const at = this.length
    const results = await Promise.all(this.#sides.map((side, i) => act(side, value => pick(value, i), i)))
    const steps = this.#sides.map(side => side.steps[at])
    if (steps[0] === undefined) return { results: new Both(results) }
    const { problems, expected, undone, apart } = await this.#judge.judge(steps, this.#sides[0], undo)
    if (problems.length > 0) {
      this.problems.push(`step ${at + 1}: ${steps[0].label}\n${problems.join('\n')}`)
      this.parted = true
    }
    return { results: new Both(results), status: expected.status, trace: expected, undone, apart }
  }
}

/** One person's browser at each of the servers. */
class PairedBrowser {
  #ask
  #browsers

  constructor(ask, browsers) {
    this.#ask = ask
    this.#browsers = browsers
  }

  get(path, options) {
    return this.request('GET', path, options)
  }

  post(path, json, options) {
    return this.request('POST', path, { json, ...options })
  }

  async request(method, path, options) {
    const before = this.jars
    const answer = await this.#ask(method, path, options, (side, path, options, i) => this.#browsers.values[i].request(method, side.base + path, options), before.values[0])
    // What better-auth did and hallpass refused counts for nothing, nor do its cookies, but for those that both took away.
    if (answer.undone) {
      const [theirs, ours] = [before.values[0], this.#browsers.values.at(-1).jar]
      // A name with a token in it is each server's own.
      for (const name of theirs.names) if (!name.includes('_multi-') && ours.get(name) === undefined) theirs.delete(name)
      this.#browsers.values[0].jar = theirs
    }
    // Copies of a session of which a rule says that they differ would go on doing so.
    if (answer.apart) this.forgetCached()
    return answer
  }

  /** A copy of its cookies. */
  get jars() {
    return this.#browsers.map(({ jar }) => jar.copy())
  }

  set jars(jars) {
    jars.values.forEach((jar, i) => {
      this.#browsers.values[i].jar = jar.copy()
    })
  }

  /** A cookie's value on each side. */
  cookie(name) {
    return this.#browsers.map(({ jar }) => jar.get(name))
  }

  /** Whether it has the cookie; the sides agree, or the answers that set it would have differed. */
  has(name) {
    return this.#browsers.values[0].jar.get(name) !== undefined
  }

  /** Makes something else of a cookie that it has. */
  change(name, other) {
    this.#browsers.values.forEach(({ jar }, i) => {
      const value = jar.get(name)
      if (value !== undefined) jar.set(name, other(value, i))
    })
  }

  /** Drops the copies of the session that the servers have left with it, whole or in chunks. */
  forgetCached() {
    for (const { jar } of this.#browsers.values) for (const name of jar.names) if (name.includes('session_data')) jar.delete(name)
  }

  drop(name) {
    for (const { jar } of this.#browsers.values) jar.delete(name)
  }

  /** Takes over a cookie of another's, if that has it. */
  take(name, other) {
    this.#browsers.values.forEach(({ jar }, i) => {
      const value = other.cookie(name).values[i]
      if (value !== undefined) jar.set(name, value)
    })
  }
}

/** The part of one side in a value. */
function pick(value, i) {
  if (value instanceof Both) return value.values[i]
  if (Array.isArray(value)) return value.map(item => pick(item, i))
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, pick(item, i)]))
  }
  return value
}
