import { createAuthClient } from 'better-auth/client'
import { Answer, Browser } from './browser.mjs'
import { Jar, sign } from './cookies.mjs'
import { send } from './http.mjs'
import { Normaliser } from './normalise.mjs'
import { PASSWORD, newUser } from './options.mjs'
import { RowsView, rowsOf, setsByMail } from './rows.mjs'
import { SecondaryView } from './secondary.mjs'
import { elsewhere } from './servers.mjs'

/** Longer, and times could no longer be told apart (see Normaliser). */
const LONGEST_MS = 40_000

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
  #rows = new RowsView()
  #secondary = new SecondaryView()
  #storedBefore = new Set()
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
    if (trace.status === 200 && setsByMail(method, path)) this.#rows.noteReset()
    return new Answer(response)
  }

  /** Sends as `request` does, unseen: nothing is recorded, and it is the moment of the request before. */
  async probe(method, path, options) {
    await this.#server.untick()
    const response = await this.#send(method, this.base + path, options)
    return Object.assign(new Answer(response), { trace: this.#normaliser.response(response) })
  }

  /** Gets as `probe` does, and records what `read` makes of the answer and nothing else. */
  async glance(path, read) {
    this.note(`GET ${path}`, read(await this.probe('GET', path, {})))
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

  /** The servers' options. */
  get options() {
    return this.#group.options
  }

  /** The entries of the secondary storage, if there is one, but for those of before. */
  async stored() {
    if (!this.options.secondaryStorage) return
    const entries = await this.#server.control('GET', '/secondary')
    return Object.fromEntries(Object.entries(entries).filter(([key]) => !this.#storedBefore.has(key)))
  }

  /** Takes no notice of what is in the secondary storage now. */
  async ignoreStored() {
    this.#storedBefore = new Set(Object.keys((await this.stored()) ?? {}))
  }

  /** Puts these entries in place of those that `stored` gives. */
  async store(entries) {
    const all = await this.#server.control('GET', '/secondary')
    const others = Object.entries(all).filter(([key]) => this.#storedBefore.has(key))
    await this.#server.control('PUT', '/secondary', { ...Object.fromEntries(others), ...entries })
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
  #asked(method, path, { json, body, headers = {} }) {
    const cookies = [headers.cookie ?? []].flat().join('; ')
    const [, token] = /session_token=([a-zA-Z0-9]{32})(?:\.|%2E)/.exec(cookies) ?? /^Bearer ([a-zA-Z0-9]{32})/.exec(headers.authorization) ?? []
    const [route, query = ''] = path.split('?')
    return {
      step: this.steps.length + 1,
      method,
      path: route.startsWith(this.base) ? route.slice(this.base.length) : route,
      query: new URLSearchParams(query),
      json,
      body,
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

  /** A browser in which a new user signed up. `changes` are those of the body. */
  async signedUp(who, changes, options) {
    const browser = this.browser()
    await browser.post('/sign-up/email', newUser(this.email(who), changes), options)
    return browser
  }

  /** A browser of its own with a session of the user. `changes` are those of the body. */
  async signedIn(who, changes) {
    const browser = this.browser()
    await browser.post('/sign-in/email', { email: this.email(who), password: PASSWORD, ...changes })
    return browser
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

  /**
   * Records how the rows of this scenario's users, the verifications that somebody could still use, and the entries of a
   * secondary storage have changed since the last look.
   */
  async rows() {
    if (!this.database || elsewhere.url) return
    const span = { from: this.#begun, to: this.#server.now() }
    const { secondaryStorage, session } = this.options
    const keepsEnded = secondaryStorage !== undefined && session?.preserveSessionInDatabase
    const how = { signsUp: !this.plugin('email-otp')?.disableSignUp, keepsEnded, entries: await this.stored() }
    const tables = this.#rows.read(this.database, this.users, this.#address, span, how)
    this.#normaliser.step = this.steps.length + 1
    this.#record('rows', this.#rows.changes(tables, row => this.#normaliser.value(row)))
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
