import { createAuthClient } from 'better-auth/client'
import { Jar, sign } from './cookies.mjs'
import { send } from './http.mjs'
import { Normaliser } from './normalise.mjs'
import { SecondaryView } from './secondary.mjs'

/** Longer, and times could no longer be told apart (see Normaliser). */
const LONGEST_MS = 40_000
const RANDOM_32 = /^[a-zA-Z0-9]{32}$/
/** What of a row is secret or hashed on one side alone. */
const UNSEEN = new Set(['token', 'password', 'identifier', 'value'])

/**
 * One run of one scenario against one server: sends, records, and hands the answers to the scenario.
 *
 * Options of a request: `json` (a value, sent as JSON with its content type), `body` and `type` (as they are), `headers`
 * (added or, by name, replaced; `null` leaves one out; an array gives several lines), `note` (for the label), and
 * `differs: { name, reference, hallpass }`, a deliberate difference of docs/compatibility.md with the fields that differ
 * and their values on both sides (`status`, `statusText`, `headers: { … }`, `cookies`, `body`); and `unordered`, where
 * better-auth's own answer varies in the order of its cookies.
 */
export class Scenario {
  #server
  #group
  #normaliser
  #begun
  #storesBefore
  #rowsBefore = {}
  #secondary = new SecondaryView()
  /** When each user's password was last set, whether it is there still or was taken away. */
  #passwordsSet = new Map()
  /** When each user's password was last set by mail, and whether one was since the last look. */
  #resetAt = new Map()
  #resets = false
  steps = []

  constructor(name, server, group) {
    this.name = name
    this.#server = server
    this.#group = group
    this.secret = group.options.secrets?.[0].value ?? group.options.secret
    this.base = group.basePath ?? '/api/auth'
    this.origin = group.origin ?? 'http://localhost:3000'
    this.#begun = server.now()
    this.#normaliser = new Normaliser(this.secret, this.#begun, group)
  }

  /** Runs `run` and gives the steps that it recorded. */
  static async record(name, run, server, group) {
    const begun = Date.now()
    const scenario = new Scenario(name, server, group)
    scenario.#storesBefore = await rowsOf(server)
    await server.control('DELETE', '/outbox')
    scenario.#secondary.ignore(await server.control('GET', '/secondary'))
    await run(scenario)
    const took = Date.now() - begun
    if (took > LONGEST_MS) throw new Error(`took ${took} ms: too long for its times to be compared; split it`)
    return scenario.steps
  }

  /** An e-mail address of this scenario alone. */
  email(who = 'user') {
    return `${who}.${this.#slug}@example.com`
  }

  get #slug() {
    return this.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  }

  /** A cookie value signed with the secret of the servers. */
  sign(value, secret = this.secret) {
    return sign(value, secret)
  }

  get(path, options) {
    return this.request('GET', this.base + path, options)
  }

  post(path, json, options) {
    return this.request('POST', this.base + path, { json, ...options })
  }

  /** Sends to the path as written, with no cookie and no Origin unless the options name them. */
  async request(method, path, options = {}) {
    if (this.#group.exact) this.#normaliser.step = this.steps.length + 1
    this.#server.tick()
    const response = await this.#send(method, path, options)
    await this.#learnKeys(response)
    const { note, json, body = JSON.stringify(json), unordered } = options
    const written = this.#normaliser.text(`${method} ${path}${note ? ` (${note})` : ''}${summary(body)}`)
    const label = written.replace(/<bad signature: [^>]*>/g, '<bad signature>')
    const trace = this.#normaliser.response(response)
    if (unordered) trace.cookies.sort()
    this.#record(label, trace, options.differs, this.#asked(method, path, options))
    if (trace.status === 200 && setsByMail(method, path)) this.#resets = true
    return new Answer(response)
  }

  /** Sends as `request` does, unseen: nothing is recorded and no clock moved. */
  async probe(method, path, options) {
    const response = await this.#send(method, this.base + path, options)
    await this.#server.untick()
    return Object.assign(new Answer(response), { trace: this.#normaliser.response(response) })
  }

  /** A plugin's options, if the servers have it. */
  plugin(id) {
    return this.#group.options.plugins?.find(plugin => plugin.id === id)
  }

  /** The server's own time, in ms. */
  get now() {
    return this.#server.now()
  }

  /** The database behind the server, if it is a file. */
  get database() {
    return this.#server.database
  }

  /** The users of this scenario, as they are stored. */
  get users() {
    return this.database?.prepare('select * from user where email like ? order by createdAt, email').all(this.#address) ?? []
  }

  get #address() {
    return `%.${this.#slug}@example.com`
  }

  /** Throws away the mails that were not looked at. */
  forgetMails() {
    return this.#server.control('DELETE', '/outbox')
  }

  /** What rules see of a request; `own` is the session token that came with it, as it is and by its name. */
  #asked(method, path, { json, headers = {} }) {
    const cookies = [headers.cookie ?? []].flat().join('; ')
    const [, token] = /session_token=([a-zA-Z0-9]{32})(?:\.|%2E)/.exec(cookies) ?? []
    const [route, query = ''] = path.split('?')
    return {
      step: this.steps.length + 1,
      method,
      path: route.startsWith(this.base) ? route.slice(this.base.length) : route,
      query: new URLSearchParams(query),
      json,
      headers,
      cookies,
      own: token && { token, name: this.#normaliser.text(token) },
    }
  }

  /** Gets the public keys by which the tokens of an answer are verified, beside the recorded requests. */
  async #learnKeys(response) {
    const text = `${response.body ?? ''} ${(response.headers ?? []).join(' ')}`
    if (this.#normaliser.unknownKeys(text).length === 0) return
    const keys = await this.probe('GET', this.#group.jwksPath ?? '/jwks')
    this.#normaliser.trust(keys.json?.keys ?? [])
  }

  /**
   * Gets, and records what `read` makes of the answer and nothing else: for an answer that is another by nature, of which
   * a part must be alike. `read` gives an object of labels and values, each a step of its own.
   */
  async look(path, read, differs = {}) {
    const answer = new Answer(await this.#send('GET', this.base + path, {}))
    for (const [label, value] of Object.entries(read(answer))) {
      this.#record(`GET ${path}: ${label}`, { body: value === undefined ? undefined : JSON.stringify(value) }, differs[label])
    }
    return answer
  }

  /** Records a value that the scenario has from elsewhere. */
  note(label, value) {
    this.#record(label, { body: JSON.stringify(value) })
  }

  #send(method, path, { json, body, type, headers = {} } = {}) {
    if (json !== undefined) {
      body = JSON.stringify(json)
      type ??= 'application/json'
    }
    const lines = headerLines(
      { host: new URL(this.origin).host, 'user-agent': 'wire/1', 'x-forwarded-for': '203.0.113.9', 'content-type': type },
      headers,
    )
    return send(this.#server.port, { method, path, headers: lines, body })
  }

  /**
   * Sends requests `[method, path, options]` all at once, without cookies, and records how many got which answer: which
   * of them got it is chance.
   */
  async together(requests) {
    const responses = await Promise.all(requests.map(([method, path, options]) => this.#send(method, this.base + path, options)))
    const tally = {}
    for (const response of responses) {
      const { status, statusText, body } = this.#normaliser.response(response)
      const answer = `${status} ${statusText} ${body.replace(/<(id|token)#\d+>/g, '<$1>')}`
      tally[answer] = (tally[answer] ?? 0) + 1
    }
    const [[method, path]] = requests
    this.#record(`${requests.length} at once: ${method} ${this.#normaliser.text(path)}`, { body: JSON.stringify(Object.fromEntries(Object.entries(tally).sort())) })
  }

  /** A browser on the site of the base URL: keeps cookies, sends Origin and Fetch Metadata. */
  browser(jar = new Jar()) {
    return new Browser(this, jar)
  }

  /** Moves the server's clock. */
  async advance(seconds) {
    await this.#server.advance(Math.round(seconds * 1000))
    this.#record(`clock + ${seconds} s`, {})
  }

  /** Ends the server's process and starts another. */
  async restart() {
    await this.#server.restart()
    this.#record('restart', {})
  }

  /** Records how many rows the scenario has added to or taken from each table. */
  async stores(differs) {
    const now = await rowsOf(this.#server)
    const rows = ['user', 'session', 'account', 'verification'].map(table => [table, (now[table] ?? 0) - (this.#storesBefore[table] ?? 0)])
    this.#record('rows added', { body: JSON.stringify(Object.fromEntries(rows)) }, differs)
  }

  /** Records how the rows of this scenario's users, and the verifications that somebody could still use, have changed since the last look. */
  rows() {
    const { database } = this.#server
    if (!database) return
    const now = new Date(this.#server.now()).toISOString()
    const select = (text, ...values) => database.prepare(text).all(...values)
    const ofUsers = (table, also = '') =>
      select(`select own.* from ${table} own join user on user.id = own.userId where user.email like ? ${also} order by own.createdAt`, this.#address)
    const { users } = this
    const accounts = ofUsers('account')
    for (const { userId, providerId, updatedAt } of accounts) {
      if (providerId !== 'credential') continue
      if (this.#resets && this.#passwordsSet.get(userId) !== updatedAt) this.#resetAt.set(userId, updatedAt)
      this.#passwordsSet.set(userId, updatedAt)
    }
    this.#resets = false
    const signsUp = !this.plugin('email-otp')?.disableSignUp
    const issued = select('select * from verification where expiresAt > ? and createdAt >= ? order by createdAt, expiresAt', now, new Date(this.#begun).toISOString())
    const tables = {
      users,
      accounts,
      sessions: ofUsers('session', `and own.expiresAt > '${now}'`),
      verifications: issued.filter((verification, at) => isGood(verification, users, this.#resetAt) && !isVoidCode(verification, issued.slice(at + 1), users, signsUp)),
    }
    this.#normaliser.step = this.steps.length + 1
    const changes = Object.entries(tables).map(([table, rows]) => {
      const seen = rows.map(row => JSON.stringify(this.#normaliser.value(visible(row))))
      const before = this.#rowsBefore[table] ?? []
      this.#rowsBefore[table] = seen
      const changed = [...before.filter(row => !seen.includes(row)).map(row => `- ${row}`), ...seen.filter(row => !before.includes(row)).map(row => `+ ${row}`)]
      return [table, changed.length > 0 ? changed.sort().join('\n') : undefined]
    })
    this.#record('rows', Object.fromEntries(changes))
  }

  /** Records what the scenario has put into the secondary storage, and gives it as it is. */
  async secondary({ note, ...differs } = {}) {
    const entries = await this.#server.control('GET', '/secondary')
    const shown = this.#secondary.show(entries).map(entry => this.#normaliser.value(entry))
    this.#record(`secondary storage${note ? ` (${note})` : ''}`, { body: JSON.stringify(shown) }, differs.name ? differs : undefined)
    return entries
  }

  /**
   * Records the mails sent since the last look, and gives them. `differs` as for requests; `read` makes of the mails what
   * is recorded.
   */
  async outbox(differs, read = mails => mails) {
    const mails = await this.#server.control('GET', '/outbox')
    await this.#server.control('DELETE', '/outbox')
    // Mails of one request are sent at once: which comes first is chance.
    if (this.#group.exact) mails.sort((one, other) => `${one.to} ${one.kind}`.localeCompare(`${other.to} ${other.kind}`))
    // The token first, so that the link is read with the token's name in it.
    const kept = mails.map(({ kind, to, token, otp, url }) => ({ kind, to, token, otp, url }))
    this.#record('outbox', { body: JSON.stringify(read(this.#normaliser.value(kept))) }, differs)
    return mails
  }

  /**
   * The official client in a browser of its own. `call` records what the application gets to see, after the requests
   * that the client made for it.
   */
  client(options = {}) {
    const browser = this.browser()
    const client = createAuthClient({
      baseURL: this.origin,
      basePath: this.base,
      ...options,
      fetchOptions: { customFetchImpl: (url, init) => browser.fetch(url, init) },
    })
    const call = async (label, doIt) => {
      const result = await doIt(client)
      this.#record(`client: ${label}`, { body: JSON.stringify(this.#normaliser.value(result)) })
      return result
    }
    return { client, call, browser }
  }

  #record(label, trace, differs, asked) {
    this.steps.push({ label, trace, differs, asked })
  }
}

/** How many rows each table has, without notes of when a password was set by mail. */
async function rowsOf(server) {
  const rows = await server.control('GET', '/stores')
  const { database } = server
  if (!database?.prepare(`select 1 from sqlite_master where name = 'verification'`).get()) return rows
  const notes = database.prepare(`select count(*) as count from verification where identifier like 'password-reset-at:%'`).get().count
  return { ...rows, verification: rows.verification - notes }
}

/** Whether a request sets a password by mail: by a link or by a code. */
export const setsByMail = (method, path) => method === 'POST' && path.split('?')[0].endsWith('/reset-password')

/**
 * Whether somebody could still use a token: hallpass leaves rows that are void, those of nobody and, for setting a password,
 * those of before it was set by mail or the address changed.
 */
function isGood({ identifier, value, createdAt }, users, resetAt) {
  // A note that is no token.
  if (identifier.startsWith('password-reset-at:')) return false
  if (!/^(reset-password:|delete-account-)/.test(identifier)) return true
  let id = value
  let email
  if (value.startsWith('{')) ({ user: id = value, email } = JSON.parse(value))
  const user = users.find(user => user.id === id)
  const isReset = identifier.startsWith('reset-password:')
  if (!user || (isReset && email && email !== user.email)) return false
  return !(isReset && createdAt < (resetAt.get(id) ?? ''))
}

/** A row of a mailed code: what for, and whose. */
function codeIn({ identifier = '' }) {
  const [, purpose, email] = /^(.+)-otp-(.*)$/.exec(identifier) ?? []
  return email && { purpose, email }
}

/**
 * Whether a mailed code is void: there is a newer one for the same, or nobody had the address, to whom hallpass writes a code
 * all the same (`codes-cost-alike`).
 */
function isVoidCode(row, newer, users, signsUp) {
  const { purpose, email } = codeIn(row) ?? {}
  if (email === undefined) return false
  const isOfSomebody = purpose === 'change-email' || (purpose === 'sign-in' && signsUp) || users.some(user => user.email === email && user.createdAt <= row.createdAt)
  return !isOfSomebody || newer.some(({ identifier }) => identifier === row.identifier)
}

/** What of a row both servers write alike. */
function visible(row) {
  // better-auth writes a code anew after each guess at it.
  if (codeIn(row)) return { expiresAt: row.expiresAt }
  return Object.fromEntries(Object.entries(row).filter(([column, value]) => value !== null && !UNSEEN.has(column)).sort())
}

/** A response as the scenario reads it. */
class Answer {
  #response

  constructor(response) {
    this.#response = response
    this.status = response.status
  }

  /** The parsed body, or undefined when there is none to parse. */
  get json() {
    try {
      return JSON.parse(this.#response.body.toString())
    } catch {
      return undefined
    }
  }

  /** By name; of several lines one. */
  get headers() {
    return Object.fromEntries(this.#response.headers ?? [])
  }

  get setCookies() {
    return (this.#response.headers ?? []).filter(([name]) => name === 'set-cookie').map(([, value]) => value)
  }

  get fetchResponse() {
    const { status, statusText, headers, body } = this.#response
    const empty = status === 204 || status === 304
    return new Response(empty ? null : body, { status, statusText, headers })
  }
}

class Browser {
  #scenario

  constructor(scenario, jar) {
    this.#scenario = scenario
    this.jar = jar
  }

  get(path, options) {
    return this.request('GET', this.#scenario.base + path, options)
  }

  post(path, json, options) {
    return this.request('POST', this.#scenario.base + path, { json, ...options })
  }

  async request(method, path, { headers, ...options } = {}) {
    const answer = await this.#scenario.request(method, path, {
      ...options,
      headers: {
        'sec-fetch-site': 'same-origin',
        'sec-fetch-mode': 'cors',
        'sec-fetch-dest': 'empty',
        cookie: this.jar.header(),
        origin: method === 'GET' ? undefined : this.#scenario.origin,
        ...headers,
      },
    })
    for (const line of answer.setCookies) this.jar.take(line)
    return answer
  }

  /** `fetch` for the official client. */
  async fetch(url, { method = 'GET', headers, body } = {}) {
    const { pathname, search } = new URL(url)
    const answer = await this.request(method.toUpperCase(), pathname + search, {
      body: body ?? undefined,
      headers: Object.fromEntries(new Headers(headers)),
    })
    return answer.fetchResponse
  }
}

function headerLines(defaults, given) {
  const wanted = { ...defaults }
  for (const [name, value] of Object.entries(given)) wanted[name.toLowerCase()] = value
  return Object.entries(wanted).flatMap(([name, value]) => {
    if (value === undefined || value === null) return []
    return Array.isArray(value) ? value.map(one => [name, one]) : [[name, value]]
  })
}

/** Labels must be alike on both servers, so a random token in the body is called just that. */
function summary(body) {
  if (body === undefined) return ''
  const text = body.toString().replace(/"(token|sessionToken)":"(?:[\w-]{32}|sha256:[\w-]{43})"/g, '"$1":<token>')
  return ` ${text.length > 200 ? `${text.slice(0, 200)}… (${text.length})` : text}`
}
