import { ACTIONS as OF_THE_CORE, PASSWORDS } from './actions.mjs'
import { CACHE_ACTIONS } from './cache-actions.mjs'
import { GUARD_ACTIONS, solvedFor } from './guards.mjs'
import { PLUGIN_ACTIONS } from './plugin-actions.mjs'
import { Random } from './random.mjs'

const WRONG = 'never anybody’s password'
/** In seconds, but for those that requests take. */
const CODES_LIVE = 3500
/** Of a user who has none, better-auth's memory leaves the picture out (`absent-is-null`). */
const PICTURE = { image: '/picture.png' }
const NO_CODE = '000000'
const NO_TOKEN = 'a'.repeat(24)

export const ACTIONS = { ...OF_THE_CORE, ...PLUGIN_ACTIONS, ...CACHE_ACTIONS, ...GUARD_ACTIONS }

/**
 * The steps of a walk, by its seed and the plugins alone (and what else is a feature of the configuration): what servers answer has no say in it. What they probably answer
 * has, or most steps would be taken by somebody who is not signed in.
 */
export function plan(seed, steps, plugins = []) {
  const random = new Random(seed)
  const weights = Object.entries(ACTIONS)
    .filter(([, { plugin, without }]) => (plugin === undefined || plugins.includes(plugin)) && !plugins.includes(without))
    .map(([name, { weight }]) => [weight, name])
  const guess = { A: undefined, B: undefined, people: new Set(), mails: new Set() }
  const chosen = []
  while (chosen.length < steps) {
    const by = chosen.length === 0 ? 'A' : random.pick(['A', 'A', 'B'])
    const name = likelyNext(random, guess, by, chosen.length, weights)
    const step = { do: name, by, ...ACTIONS[name].plan?.(random, guess) }
    foresee(guess, step)
    chosen.push(step)
  }
  return chosen
}

function likelyNext(random, guess, by, taken, weights) {
  if (taken === 0) return 'sign up'
  if (guess[by] === undefined && random.chance(0.5)) return random.chance(guess.people.size / 4) ? 'sign in' : 'sign up'
  for (let tries = 0; tries < 2; tries++) {
    const name = random.weighted(weights)
    const { needs } = ACTIONS[name]
    if (needs === undefined || guess.mails.has(needs)) return name
  }
  return random.weighted(weights)
}

/** What will be so if the step does what it is there for. */
function foresee(guess, { do: name, by, who, password, seconds, cookie, revokeOtherSessions }) {
  const other = by === 'A' ? 'B' : 'A'
  if (name === 'sign up') guess.people.add(who)
  if (name === 'sign up' || (name === 'sign in' && password === 'right' && guess.people.has(who))) guess[by] = who
  if (['sign out', 'revoke sessions'].includes(name) || (name === 'drop cookies' && cookie === 'session_token')) guess[by] = undefined
  if (name === 'delete user' && password !== 'wrong') guess.people.delete(guess[by]), (guess[by] = undefined)
  if (name === 'steal cookies') guess[by] = guess[other]
  if (guess[by] === guess[other] && (name === 'revoke other sessions' || revokeOtherSessions)) guess[other] = undefined
  if (name === 'reset password') guess.A = guess.B = undefined
  if (seconds > 7 * 86_400) guess.A = guess.B = undefined
  if (ACTIONS[name].mails) guess.mails.add(ACTIONS[name].mails)
}

/** Walks until the servers differ. Gives the number of steps that were taken. */
export async function walk(t, steps) {
  const world = new World(t)
  for (const [i, step] of steps.entries()) {
    await ACTIONS[step.do].run(world, step)
    await t.rows()
    await world.look()
    if (t.problems.length > 0) return i + 1
  }
  return steps.length
}

/**
 * A shorter walk that still shows a difference: pieces are left out, ever smaller ones, as long as it does.
 *
 * @param {object[]} steps @param {(steps: object[]) => Promise<boolean>} differs
 */
export async function shrink(steps, differs) {
  let shortest = steps
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < shortest.length; ) {
      const shorter = shortest.toSpliced(at, size)
      if (shorter.length > 0 && (await differs(shorter))) shortest = shorter
      else at += size
    }
  }
  return shortest
}

/** A step as a line of the report. */
export function describe({ do: name, by, ...rest }) {
  const more = Object.entries(rest).filter(([, value]) => value !== undefined)
  return `${by}: ${name}${more.length > 0 ? ` ${JSON.stringify(Object.fromEntries(more))}` : ''}`
}

/** Two browsers, the people who may use them, and what these know. */
class World {
  listed = []
  kept = []
  /** One-time tokens that were made. */
  once = []
  /** Session tokens that a browser has had. */
  had = { A: [], B: [] }
  passwords = PASSWORDS
  /** How long it has gone on, in seconds, but for those that requests take. */
  now = 0
  mails = []
  /** How many addresses were thought of. */
  spare = 0
  /** Who has signed in last in each browser, by number. */
  who = { A: 0, B: 1 }

  constructor(t) {
    this.t = t
    this.browsers = { A: t.browser(), B: t.browser() }
    this.people = [0, 1, 2, 3].map(i => ({ email: t.email(`p${i}`), exists: false }))
  }

  /** Whether sessions are in cookies alone: what ends others is not asked for there, nor what only a database could take back. */
  get isStateless() {
    return this.t.options.database === null
  }

  get(by, path) {
    // What this process has not made, it does not find past the cookie (`stateless-links-sign-nobody-out`).
    return this.browsers[by].get(this.restarted && typeof path === 'string' ? path.replace('disableCookieCache=true', 'disableCookieCache=') : path)
  }

  async post(by, path, json) {
    if (this.isStateless && path === '/sign-up/email') json = { ...PICTURE, ...json }
    await this.buries(by, path)
    // There better-auth expires the cookies of several sessions in any order.
    const unordered = path === '/sign-out' && this.t.plugin('multi-session') !== undefined
    return this.browsers[by].post(path, json, { unordered, headers: solvedFor(this.t, path) })
  }

  /** A dead session is found dead first, where better-auth would sign out again whoever signs in over it (`anonymous-sign-in-stays`). */
  async buries(by, path) {
    if (/^\/sign-(in|up)\//.test(path) && this.t.plugin('anonymous')) await this.get(by, '/get-session')
  }

  /** Reads the mails that have come. */
  async look() {
    const { results } = await this.t.outbox()
    const count = Math.min(...results.values.map(mails => mails.length))
    for (let i = 0; i < count; i++) {
      const { kind, to } = results.values[0][i]
      const field = name => results.map(mails => mails[i][name])
      this.mails.push({ at: this.now, kind, to, token: field('token'), otp: field('otp'), path: field('url').map(pathOf) })
    }
  }

  /** The address of somebody may change; which it is now is asked for when a link was followed. */
  addressMayBe(who, email) {
    const person = this.people[who]
    if (person) person.also = [...(person.also ?? []), email]
  }

  /** Who goes by which address, as the databases have it: the same in both, or the rows would have differed. */
  readAddresses() {
    const known = new Set(this.t.users.map(({ email }) => email))
    for (const person of this.people) {
      const next = person.also?.findLast(email => known.has(email))
      if (!known.has(person.email) && next) person.email = next
    }
  }

  /** A mail of a kind, mostly a late one; one that nobody sent, where there is none. */
  mail(kind, which) {
    const some = this.mails.filter(mail => mail.kind === kind)
    const none = { to: undefined, otp: NO_CODE, token: this.t.each(() => NO_TOKEN), path: this.t.each(() => `/reset-password/${NO_TOKEN}?callbackURL=%2F`) }
    return some.at(-1 - Math.floor(which ** 2 * some.length)) ?? none
  }

  /**
   * The last code of a kind that was mailed to somebody, and the one before. None that has expired: whether a server still
   * knows it then is its own matter.
   */
  codeFor(kind, { email }) {
    const [last, before = last] = this.mails.filter(mail => mail.kind === kind && mail.to === email).reverse()
    return last && this.now - last.at < CODES_LIVE ? { ...last, old: before.otp } : undefined
  }

  otp({ otp, old = otp }, which) {
    return { mailed: otp, old, wrong: NO_CODE }[which]
  }

  /** A session token that this browser has, or has had, or that the other has. */
  knownToken(by, whose) {
    const other = by === 'A' ? 'B' : 'A'
    return { own: this.token(by), before: this.had[by].at(-2) ?? this.token(by), other: this.token(other) }[whose]
  }

  token(by) {
    return this.browsers[by].cookie('better-auth.session_token').map(value => decodeURIComponent(value ?? 'none').split('.')[0])
  }

  password(who, which) {
    const { password = WRONG, old = WRONG } = this.people[who] ?? {}
    return { right: password, old, wrong: WRONG }[which]
  }

  passwordIs(who, password) {
    const person = this.people[who]
    if (person) Object.assign(person, { old: person.password, password })
  }

  signedIn(by, who, { status, trace }) {
    if (status >= 400 || trace.cookies.length === 0) return
    this.who[by] = who
    this.had[by].push(this.token(by))
  }

  /** As `signedIn`, by the address that the mail went to. */
  signedInAt(by, email, answer) {
    const who = this.people.findIndex(person => person.email === email)
    if (who >= 0) this.signedIn(by, who, answer)
  }

  gone(who) {
    if (this.people[who]) this.people[who].exists = false
  }
}

function pathOf(url) {
  if (!url) return '/none'
  const { pathname, search } = new URL(url)
  return pathname.replace('/api/auth', '') + search
}
