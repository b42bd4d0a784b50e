import { createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/**
 * What a `session_data` cookie says, whichever of the three forms it has, once its signature has been verified:
 * `{ form, header?, claims }`. Undefined when it is none of them or does not verify.
 */
export function openSessionData(value, secret) {
  const parts = value.split('.')
  try {
    if (parts.length === 1) return openCompact(value, secret)
    if (parts.length === 3) return openJwt(parts, secret)
    if (parts.length === 5) return openJwe(parts, secret)
  } catch {
    return undefined
  }
}

/** `{session, expiresAt, signature}` as base64url; what is signed is the session with `expiresAt` in it. */
function openCompact(value, secret) {
  const text = Buffer.from(value, 'base64url').toString()
  const { session, expiresAt, signature, ...rest } = JSON.parse(text)
  const claims = { ...session, expiresAt }
  if (Object.keys(rest).length > 0 || JSON.stringify({ session, expiresAt, signature }) !== text) return undefined
  return hmac(secret, JSON.stringify(claims)) === signature ? { form: 'compact', claims } : undefined
}

function openJwt([header, payload, signature], secret) {
  if (hmac(secret, `${header}.${payload}`) !== signature) return undefined
  return { form: 'jwt', header: read(header), claims: read(payload) }
}

/** `dir` with A256CBC-HS512 (RFC 7518, sections 4.5 and 5.2.5) under a key that is made of the secret. */
function openJwe([header, key, iv, ciphertext, tag], secret) {
  const { alg, enc, kid } = read(header)
  const whole = Buffer.from(hkdfSync('sha256', secret, 'better-auth-session', 'BetterAuth.js Generated Encryption Key', 64))
  const thumbprint = createHash('sha256').update(JSON.stringify({ k: whole.toString('base64url'), kty: 'oct' })).digest('base64url')
  if (alg !== 'dir' || enc !== 'A256CBC-HS512' || kid !== thumbprint || key !== '') return undefined
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(header.length * 8))
  const bytes = part => Buffer.from(part, 'base64url')
  const mac = createHmac('sha512', whole.subarray(0, 32)).update(header).update(bytes(iv)).update(bytes(ciphertext)).update(length).digest()
  if (!timingSafeEqual(mac.subarray(0, 32), bytes(tag))) return undefined
  const cipher = createDecipheriv('aes-256-cbc', whole.subarray(32), bytes(iv))
  const claims = JSON.parse(Buffer.concat([cipher.update(bytes(ciphertext)), cipher.final()]).toString())
  return { form: 'jwe', header: { alg, enc, kid: '<thumbprint>' }, claims }
}

const hmac = (secret, text) => createHmac('sha256', secret).update(text).digest('base64url')
const read = part => JSON.parse(Buffer.from(part, 'base64url').toString())

/** The whole of a cookie that may be in chunks: the cookie itself, or `name.0`, `name.1` … in the order of their numbers. */
export function joinChunks(name, cookies) {
  if (cookies.get(name)) return cookies.get(name)
  const chunks = [...cookies].flatMap(([key, value]) => {
    const index = key.startsWith(`${name}.`) ? Number(key.slice(name.length + 1)) : NaN
    return Number.isInteger(index) ? [{ index, value }] : []
  })
  return chunks.sort((a, b) => a.index - b.index).map(({ value }) => value).join('')
}
