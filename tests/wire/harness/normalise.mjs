import { createHmac, createPublicKey, verify } from 'node:crypto'
import { parseSetCookie, unsign } from './cookies.mjs'
import { joinChunks, openSessionData } from './session-data.mjs'

/** Headers of the connection, not of the protocol under test. */
const TRANSPORT = new Set(['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding'])
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
const RANDOM_32 = /^[a-zA-Z0-9]{32}$/
/** The addresses of anonymous users. */
const ANONYMOUS = /^(?:temp-)?([a-z0-9]{32})@/
/** Tokens of plugins, which may have two characters more. */
const RANDOM_TOKEN = /^[\w-]{32}$/
/** Tokens of mailed links, those to reset a password being the shorter. */
const RANDOM_24 = /^[a-zA-Z0-9]{24}$/
/** Codes that are mailed. */
const CODE = /^\d{6,12}$/
/** What hallpass lists in place of the token of another session (`other-sessions-by-handle`). */
const HANDLE = /^sha256:[\w-]{43}$/
const IS_SESSION_DATA = /^(.*session_data)(?:\.(\d+))?$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const JWT = /eyJ[\w-]+\.[\w-]+\.[\w-]+/g
const LOOKS_SIGNED = /\.(?:[A-Za-z0-9]|%2B|%2F|[+/]){43}(?:=|%3D)$/
/** A scenario's requests take less than this long in all, so a time tells which clock movement it belongs to. */
const SLACK_S = 5
const GRAIN_S = 60
/** The members of a public JWK that are the key itself, and their lengths. */
const KEY = { OKP: { x: 43 }, EC: { x: 43, y: 43 }, RSA: { n: 342 } }
const CLAIMED_TIMES = new Set(['iat', 'exp', 'nbf'])

/** The whole `session_data` cookies that a response sets, by name, with their chunks joined. */
function sessionDataIn(headers) {
  const set = new Map()
  for (const [name, line] of headers) {
    if (name !== 'set-cookie') continue
    const cookie = parseSetCookie(line)
    if (cookie.value !== '') set.set(cookie.name, cookie.value)
  }
  const bases = new Set([...set.keys()].flatMap(name => IS_SESSION_DATA.exec(name)?.[1] ?? []))
  return [...bases].map(base => [base, joinChunks(base, set)])
}

/**
 * Turns the responses of one scenario on one server into traces that can be compared with another server's.
 *
 * Whatever must differ between two servers is replaced by a name in order of appearance, and only when it has the
 * right form; anything malformed stays as it is and so shows. Times become their distance from the scenario's start
 * by the server's own clock, in whole minutes; or to the millisecond, where `exact` says that the clock stands still
 * but when it is moved. `step`, when it is set, is the step that the names of new values tell: a value that only one of
 * two servers shows then leaves the names of later ones alike.
 */
export class Normaliser {
  #secret
  #start
  #exact
  #names = new Map()
  #keys = new Map()
  #counts = {}
  #step
  #keysInAnyOrder

  /**
   * @param {string} secret @param {number} start the server's clock when the scenario began, in ms
   * @param {{ exact?: boolean, keysInAnyOrder?: boolean }} options the latter: objects in bodies are compared as sets
   */
  constructor(secret, start, { exact = false, keysInAnyOrder = false } = {}) {
    this.#keysInAnyOrder = keysInAnyOrder
    this.#secret = secret
    this.#start = start
    this.#exact = exact
  }

  set step(step) {
    this.#step = step
    this.#counts = {}
  }

  /** Public keys by which tokens that name one of them are verified. */
  trust(jwks) {
    for (const jwk of jwks) this.#keys.set(jwk.kid, createPublicKey({ key: jwk, format: 'jwk' }))
  }

  /** The names of the keys of tokens in `text` that are not trusted. */
  unknownKeys(text) {
    const kids = [...text.matchAll(JWT)].map(([token]) => opened(token)?.header.kid)
    return kids.filter(kid => kid !== undefined && !this.#keys.has(kid))
  }

  response(response) {
    if (response.closed) return { status: 'connection closed without an answer' }
    const headers = {}
    const cookies = []
    const sessionData = new Set(sessionDataIn(response.headers))
    for (const [name, value] of response.headers) {
      if (name === 'set-cookie') cookies.push(this.#cookie(value, sessionData))
      else if (!TRANSPORT.has(name)) headers[name] = name in headers ? `${headers[name]}, ${value}` : value
    }
    const body = this.#body(response.body.toString('utf8'), headers['content-type'])
    if (RANDOM_TOKEN.test(headers['set-ott'])) this.#alias('token', headers['set-ott'])
    for (const name of Object.keys(headers)) headers[name] = this.#cookieValue(headers[name], encodeURIComponent(headers[name]))
    return { status: response.status, statusText: response.statusText, headers, cookies, body }
  }

  /** A JavaScript value, by the keys of its objects. */
  value(value, key) {
    if (Array.isArray(value)) return value.map(item => this.value(item, key))
    if (value instanceof Date) return this.value(value.toISOString(), key)
    if (value !== null && typeof value === 'object') {
      if (Object.hasOwn(KEY, value.kty)) value = this.#jwk(value)
      const entries = Object.entries(value)
      if (this.#keysInAnyOrder) entries.sort(([a], [b]) => (a < b ? -1 : 1))
      return Object.fromEntries(entries.map(([name, item]) => [name, this.value(item, name)]))
    }
    if (typeof value !== 'string') return value
    if (/At$/.test(key) && ISO_TIME.test(value)) return this.#time(Date.parse(value))
    if (key === 'token' && (RANDOM_TOKEN.test(value) || RANDOM_24.test(value))) return this.#alias('token', value)
    if (key === 'otp' && CODE.test(value)) return this.#alias('otp', value)
    if (key === 'token' && HANDLE.test(value)) return this.#alias('handle', value)
    if (/(^id|Id|^kid)$/.test(key) && RANDOM_32.test(value)) return this.#alias('id', value)
    const [, anonymous] = (key === 'email' && ANONYMOUS.exec(value)) || []
    if (anonymous) this.#alias('anonymous', anonymous)
    return this.text(value)
  }

  /** Free text, in which values already named are called by their names and signed tokens are opened. */
  text(text) {
    let result = text.replace(JWT, token => this.#jwt(token))
    for (const [value, name] of this.#names) result = result.replaceAll(value, name).replaceAll(value.toLowerCase(), `${name} in lower case`)
    return result
  }

  #body(text, type) {
    if (!type?.startsWith('application/json') || text === '') return this.text(text)
    let parsed
    try {
      parsed = JSON.parse(text)
    } catch {
      return text
    }
    // Spacing, escapes and number forms are part of the wire.
    if (JSON.stringify(parsed) !== text) return `not as JSON.stringify writes it: ${text}`
    return JSON.stringify(this.value(parsed))
  }

  #cookie(line, sessionData) {
    const { name, value, attributes } = parseSetCookie(line)
    if (value !== '' && IS_SESSION_DATA.test(name)) return [`${this.text(name)}=${this.#sessionData(name, value, sessionData)}`, ...attributes].join('; ')
    return [`${this.text(name)}=${this.#cookieValue(value)}`, ...attributes].join('; ')
  }

  /** A value that may be signed, as it was sent and as a cookie has it; `set-auth-token` sends one decoded. */
  #cookieValue(value, encoded = value) {
    if (!LOOKS_SIGNED.test(encoded)) return this.text(value)
    const signed = unsign(encoded, this.#secret)
    if (signed === undefined) return `<bad signature: ${value}>`
    return RANDOM_32.test(signed) ? `<signed>${this.#alias('token', signed)}` : `<signed>${signed}`
  }

  /** What the cookie says; of a chunk how long it is, and of the first one what all of them say. */
  #sessionData(name, value, wholes) {
    const [, base, index] = IS_SESSION_DATA.exec(name)
    const whole = index === undefined ? value : [...wholes].find(([key]) => key === base)[1]
    const length = index === undefined ? '' : `${value.length} bytes of `
    if (index !== undefined && index !== '0') return `<${length}it>`
    const opened = openSessionData(whole, this.#secret)
    if (opened === undefined) return `<${length}bad session data: ${whole}>`
    const { updatedAt, expiresAt, iat, exp, jti, ...claims } = opened.claims
    const times = { updatedAt: this.#time(updatedAt), ...(expiresAt === undefined ? { iat: this.#time(iat * 1000), exp: this.#time(exp * 1000) } : { expiresAt: this.#time(expiresAt) }) }
    const id = jti === undefined ? {} : { jti: UUID.test(jti) ? '<uuid>' : jti }
    const order = Object.keys(opened.claims).join()
    return `<${length}${opened.form} ${JSON.stringify(opened.header ?? {})} ${JSON.stringify({ ...this.value(claims), ...times, ...id, order })}>`
  }

  #jwt(token) {
    const { header, claims } = opened(token) ?? {}
    if (header === undefined || !this.#isSigned(token, header)) return `<bad signature: ${token}>`
    const shown = Object.entries(claims).map(([name, value]) => [name, CLAIMED_TIMES.has(name) ? this.#time(value * 1000) : this.value(value, name)])
    return `<jwt ${JSON.stringify(this.value(header))} ${JSON.stringify(Object.fromEntries(shown))}>`
  }

  /** A token names the key that signed it, or it is signed with the secret. */
  #isSigned(token, { alg, kid }) {
    const dot = token.lastIndexOf('.')
    const [message, signature] = [Buffer.from(token.slice(0, dot)), Buffer.from(token.slice(dot + 1), 'base64url')]
    if (kid === undefined) return alg === 'HS256' && createHmac('sha256', this.#secret).update(message).digest().equals(signature)
    const key = this.#keys.get(kid)
    return key !== undefined && verify(alg === 'EdDSA' ? null : 'sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)
  }

  #jwk(jwk) {
    const members = KEY[jwk.kty]
    return Object.fromEntries(Object.entries(jwk).map(([name, value]) => {
      const isKey = Object.hasOwn(members, name) && /^[\w-]+$/.test(value) && value.length === members[name]
      return [name, isKey ? this.#alias(`key ${name}`, value) : value]
    }))
  }

  #time(ms) {
    if (this.#exact) return `<start+${(ms - this.#start) / 1000}s>`
    const seconds = Math.floor(((ms - this.#start) / 1000 + SLACK_S) / GRAIN_S) * GRAIN_S
    return `<start+${seconds}s>`
  }

  #alias(kind, value) {
    if (!this.#names.has(value)) {
      this.#counts[kind] = (this.#counts[kind] ?? 0) + 1
      this.#names.set(value, this.#step === undefined ? `<${kind}#${this.#counts[kind]}>` : `<${kind}@${this.#step}${this.#counts[kind] > 1 ? `.${this.#counts[kind]}` : ''}>`)
    }
    return this.#names.get(value)
  }
}

/** What a token says, whoever signed it. */
function opened(token) {
  try {
    const [header, claims] = token.split('.').map(part => Buffer.from(part, 'base64url').toString())
    return { header: JSON.parse(header), claims: JSON.parse(claims) }
  } catch {
    return undefined
  }
}
