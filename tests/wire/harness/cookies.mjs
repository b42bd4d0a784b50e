import { createHmac } from 'node:crypto'

/** The cookies of one browser. Keeps name and value alone: which attributes were sent is the trace's matter. */
export class Jar {
  #cookies = new Map()

  /** Takes in one `Set-Cookie` line; `Max-Age=0` removes. */
  take(line) {
    const { name, value, attributes } = parseSetCookie(line)
    if (attributes.includes('Max-Age=0')) this.#cookies.delete(name)
    else this.#cookies.set(name, value)
  }

  get(name) {
    return this.#cookies.get(name)
  }

  set(name, value) {
    this.#cookies.set(name, value)
    return this
  }

  delete(name) {
    this.#cookies.delete(name)
    return this
  }

  get names() {
    return [...this.#cookies.keys()]
  }

  /** The value of a `Cookie` header, or undefined when the jar is empty. */
  header() {
    if (this.#cookies.size === 0) return undefined
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  copy() {
    const jar = new Jar()
    for (const [name, value] of this.#cookies) jar.set(name, value)
    return jar
  }
}

export function parseSetCookie(line) {
  const [pair, ...attributes] = line.split('; ')
  const equals = pair.indexOf('=')
  return { name: pair.slice(0, equals), value: pair.slice(equals + 1), attributes }
}

/** A cookie value as better-auth signs it: `value.base64(HMAC-SHA256)`, percent-encoded. */
export function sign(value, secret) {
  return encodeURIComponent(`${value}.${signature(value, secret)}`)
}

/** The signed value of a cookie, or undefined when it is not exactly what `sign` would give. */
export function unsign(encoded, secret) {
  let decoded
  try {
    decoded = decodeURIComponent(encoded)
  } catch {
    return undefined
  }
  const value = decoded.slice(0, decoded.lastIndexOf('.'))
  return sign(value, secret) === encoded ? value : undefined
}

function signature(value, secret) {
  return createHmac('sha256', secret).update(value).digest('base64')
}
