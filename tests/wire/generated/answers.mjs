import { dropVerifications, sessionsOf, verificationsOf } from '../harness/records.mjs'

// What answers of better-auth hold, as rules read it.

/** Takes the newest one-time token away, which this very step has made. */
export async function dropOneTimeToken(reference) {
  const { identifier } = newest((await verificationsOf(reference)).filter(({ identifier }) => identifier.startsWith('one-time-token:'))) ?? {}
  return dropVerifications(reference, one => one.identifier === identifier)
}

/** The record that was made last. */
export function newest(records) {
  return records.toSorted((one, other) => Date.parse(one.createdAt) - Date.parse(other.createdAt)).at(-1)
}

/** Whether an answer gives the browser a session. */
export function givesSession({ cookies }) {
  return cookies?.some(line => line.includes('session_token=<signed>'))
}

/** Whether hallpass gives the browser a session, of which this answer has the cached part alone (`session-cookies-whole`). */
export async function givesWhole({ cookies }, reference, own) {
  return cookies?.some(line => line.startsWith('better-auth.session_data=<')) && (await keptAlive(reference, own)).length > 0
}

/** The cookie of a session that was kept alive in this very step. */
export async function keptAlive(reference, own) {
  const { now } = reference
  const session = own && (await sessionsOf(reference)).find(({ token }) => token === own.token)
  if (!session || session.createdAt === session.updatedAt || Date.parse(session.updatedAt) !== now) return []
  const seconds = (Date.parse(session.expiresAt) - now) / 1000
  return [`better-auth.session_token=<signed>${own.name}; Max-Age=${seconds}; Path=/; HttpOnly; SameSite=Lax`]
}

/** The cookies that go out for having looked who asks, of an answer that gives the browser its session anew. */
export async function ofTheLook({ cookies }, reference, own) {
  const kept = await keptAlive(reference, own)
  if (!reference.options.session?.cookieCache) return kept
  const before = cookies.slice(0, cookies.findLastIndex(line => line.includes('session_token=')))
  return [...kept, ...before.filter(line => !line.includes('session_token='))]
}

/** The same where the answer does not tell: of a session that was kept alive in this very step, as a `path` sends them that only looks. */
export async function beside(reference, { own, cookies, headers }, path) {
  const kept = await keptAlive(reference, own)
  if (!reference.options.session?.cookieCache) return kept
  const { trace } = await reference.probe('GET', path, { headers: { ...headers, cookie: cookies } })
  return [...kept, ...trace.cookies.filter(line => !line.includes('session_token='))]
}

/** The headers in which plugins give a session whose cookie is set. */
export function bearing({ headers = {} }, reference, own, cookies) {
  const given = ['set-ott', 'set-auth-token', 'access-control-expose-headers'].filter(name => name in headers)
  if (cookies.length > 0 && given.length > 0) return Object.fromEntries(given.map(name => [name, headers[name]]))
  return cookies.length > 0 && reference.plugin('bearer') ? { 'set-auth-token': `<signed>${own.name}`, 'access-control-expose-headers': 'set-auth-token' } : {}
}

/** Whether better-auth has the session. */
export async function isLive(reference, own) {
  return (await sessionsOf(reference)).some(({ token, expiresAt }) => token === own.token && Date.parse(expiresAt) > reference.now)
}
