import { refusal } from '../harness/replies.mjs'
import { givesSession, isLive, keptAlive } from './answers.mjs'

// The deliberate differences of docs/compatibility.md that show with the cookie cache, in rule form.

/** Routes that change something, or ask for a fresh session, and believe the cookie. */
const BELIEVING = ['/update-user', '/update-session', '/list-sessions', '/unlink-account', '/multi-session/set-active']
/** Routes that write a user into the cookie whom they have just changed. */
const CHANGING = ['/verify-email', '/change-email', '/email-otp/verify-email', '/email-otp/change-email']
const DATA = 'better-auth.session_data=<'
const isTaken = line => line.startsWith('better-auth.session_data=; Max-Age=0;')
const isCached = cookies => /session_data/.test(cookies)

/** What better-auth answers to the same when it is told to ask the store. */
function pastTheCache({ method, path, query, json, headers }, reference) {
  const asked = new URLSearchParams([...query, ['disableCookieCache', 'true'], ['disableRefresh', 'true']])
  return reference.probe(method, `${path}?${asked}`, { json, headers })
}

/** @type {import('../harness/judge.mjs').Rule[]} */
export const CACHE_RULES = [
  {
    name: 'cached-sessions-only-read',
    when: ({ path, cookies }) => isCached(cookies) && BELIEVING.includes(path),
    async expect({ trace, asked, reference }) {
      if (!asked.own || !reference.database || trace.status === 401 || (await isLive(reference, asked.own))) return
      const { status, trace: refused } = await pastTheCache(asked, reference)
      return status === 401 ? refused : undefined
    },
    undo: ['user', 'account', 'session'],
  },
  {
    name: 'stateless-ends-one-session',
    when: ({ path }) => path === '/list-sessions',
    expect({ trace, reference }) {
      if (reference.database || trace.status !== 200) return
      const refused = refusal(501, 'Not Implemented', 'STATELESS_SESSIONS', 'Sessions are in cookies alone and can neither be listed nor ended from elsewhere')
      return { ...refused, headers: trace.headers, cookies: trace.cookies }
    },
  },
  {
    name: 'jwt-asks-the-store',
    // A scenario of its own shows it; of the walks few of hundreds come by it.
    isRare: true,
    when: ({ path, cookies }) => isCached(cookies) && ['/get-session', '/token'].includes(path),
    async expect({ trace, asked, reference }) {
      if (!asked.own || !reference.database || trace.status !== 200 || !reference.plugin('jwt')) return
      const { trace: stored } = await pastTheCache({ ...asked, method: 'GET', path: '/token', json: undefined }, reference)
      const isStored = stored.status === 200
      if (asked.path === '/token') return isStored ? { ...trace, body: JSON.stringify({ token: ofUser(JSON.parse(trace.body).token, JSON.parse(stored.body).token) }) } : stored
      const { 'set-auth-jwt': token, 'access-control-expose-headers': exposed, ...headers } = trace.headers
      if (!token) return
      if (isStored) return { ...trace, headers: { ...trace.headers, 'set-auth-jwt': ofUser(token, JSON.parse(stored.body).token) } }
      const others = exposed.split(', ').filter(name => name !== 'set-auth-jwt').join(', ')
      return { ...trace, headers: { ...headers, ...(others && { 'access-control-expose-headers': others }) } }
    },
  },
  {
    name: 'cached-users-as-stored',
    when: ({ path }) => CHANGING.includes(path),
    /** Of the copies of a user who was changed in this step, those of after. */
    expect({ trace, reference }) {
      const user = /"user":\{[^}]*\}/.exec(trace.cookies?.findLast(line => line.startsWith(DATA)))?.[0]
      if (!user || !(reference.database ? isChanged(reference, user) : givesSession(trace))) return
      const cookies = trace.cookies.map(line => (line.startsWith(DATA) ? line.replace(user, () => user.replace(/"updatedAt":"[^"]*"/, written(line))) : line))
      return { ...trace, cookies }
    },
  },
  {
    name: 'session-cookies-whole',
    when: ({ path }) => path !== '/get-session',
    /** Where the session was kept alive in this very step, its token cookie goes with the cached one. */
    async expect({ trace, asked: { own }, reference }) {
      const { cookies } = trace
      if (!cookies?.some(line => line.startsWith(DATA)) || givesSession(trace)) return
      const kept = reference.database ? await keptAlive(reference, own) : keptByMemory(cookies.findLast(line => line.startsWith(DATA)))
      return { ...trace, cookies: [...kept, ...cookies], headers: kept.length > 0 ? withBearer(trace.headers, reference, own) : trace.headers }
    },
  },
  {
    name: 'session-cookies-whole',
    when: ({ path }) => path !== '/get-session',
    /** Of a cookie that was written anew out of itself the token's alone is there. */
    async expect({ trace, asked, reference }) {
      const [line, ...others] = trace.cookies ?? []
      if (reference.database || others.length > 0 || !line?.startsWith(`better-auth.session_token=<signed>${asked.own?.name};`)) return
      const { trace: looked } = await reference.probe('GET', '/get-session', { headers: asked.headers })
      return looked.cookies.at(-1) === line ? { ...trace, cookies: looked.cookies } : undefined
    },
  },
  {
    name: 'session-cookies-whole',
    when: ({ path }) => path === '/update-user',
    /** With usernames all of them are there: hallpass has none that takes a cookie away which the next sets. */
    expect({ trace, reference }) {
      if (!reference.plugin('username')) return
      const { cookies } = trace
      return { ...trace, cookies: cookies?.filter((line, at) => !isTaken(line) || !cookies[at + 1]?.startsWith(DATA)) }
    },
  },
]

/** Whether a user was changed in this very step. */
function isChanged({ database, now }, user) {
  const [, email] = /"email":"([^"]*)"/.exec(user)
  return database.prepare('select 1 from user where email = ? and updatedAt = ?').get(email, new Date(now).toISOString()) !== undefined
}

/** The headers of an answer that gives the browser a session, after those of other plugins. */
function withBearer(headers, reference, own) {
  if (!reference.plugin('bearer') || 'set-auth-token' in headers) return headers
  const exposed = [headers['access-control-expose-headers'] ?? [], 'set-auth-token'].flat().join(', ')
  return { ...headers, 'access-control-expose-headers': exposed, 'set-auth-token': `<signed>${own.name}` }
}

/** As `keptAlive`, of a session that only memory has, by its copy. */
function keptByMemory(line) {
  const { token, createdAt, updatedAt, expiresAt } = JSON.parse(/"session":(\{[^}]*\})/.exec(line)[1])
  if (createdAt === updatedAt || !written(line).includes(`"${updatedAt}"`)) return []
  const [from, to] = [updatedAt, expiresAt].map(time => Number(/[\d.]+/.exec(time)[0]))
  return [`better-auth.session_token=<signed>${token}; Max-Age=${Math.round(to - from)}; Path=/; HttpOnly; SameSite=Lax`]
}

/** When a copy was written, as it says. */
function written(line) {
  return /"updatedAt":"[^"]*"(?=,"(?:expiresAt|iat)":)/.exec(line)[0]
}

/** A token that says of its user what another says. */
function ofUser(token, other) {
  const claims = JSON.parse(claimsIn(other))
  const changed = Object.entries(JSON.parse(claimsIn(token))).map(([name, value]) => [name, claims[name] ?? value])
  return token.replace(claimsIn(token), () => JSON.stringify(Object.fromEntries(changed)))
}

function claimsIn(token) {
  return /^<jwt \{.*?\} (\{.*\})>$/.exec(token)[1]
}
