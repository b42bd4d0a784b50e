import { DEFAULTS, PASSWORD } from '../harness/options.mjs'

const DATA = 'better-auth.session_data'
const TOKEN = 'better-auth.session_token'
const MINUTE = 60
const cached = (cookieCache, session = {}) => ({ ...DEFAULTS, session: { ...session, cookieCache: { enabled: true, ...cookieCache } }, user: { deleteUser: { enabled: true } } })

/** What the harness shows of a session that began with the scenario, and of its user. */
const session = ({ expires = 604800, updated = 0 } = {}) =>
  `"session":{"expiresAt":"<start+${expires}s>","token":"<token#1>","createdAt":"<start+0s>","updatedAt":"<start+${updated}s>","ipAddress":"203.0.113.9","userAgent":"wire/1","userId":"<id#1>","id":"<id#2>"}`
const user = (t, { name = 'Ann', image = null, updated = 0 } = {}) =>
  `"user":{"name":"${name}","email":"${t.email()}","emailVerified":false,"image":${JSON.stringify(image)},"createdAt":"<start+0s>","updatedAt":"<start+${updated}s>","id":"<id#1>"}`
const shown = t => `{${session()},${user(t)}}`
const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Lax'
const tokenCookie = `${TOKEN}=<signed><token#1>; Max-Age=604800; ${ATTRIBUTES}`

/** What the harness shows of a cookie in compact form that was written at `now`. */
const compact = (t, { now = 0, expires, updated, name, image, userUpdated } = {}) =>
  `${DATA}=<compact {} {${session({ expires, updated })},${user(t, { name, image, updated: userUpdated })},"version":"1","updatedAt":"<start+${now}s>","expiresAt":"<start+${now + 300}s>","order":"session,user,updatedAt,version,expiresAt"}>; Max-Age=300; ${ATTRIBUTES}`

const forms = {
  'hit, expired, and written again': async t => {
    const ann = await t.signedUp()
    await ann.get('/get-session')
    await ann.get('/get-session')
    await t.advance(4 * MINUTE)
    await ann.get('/get-session')
    await t.advance(2 * MINUTE)
    await ann.get('/get-session')
    await ann.get('/get-session')
  },

  'no cache cookie, or not ours': async t => {
    const ann = await t.signedUp()
    const value = ann.jar.get(DATA)
    ann.jar.delete(DATA)
    await ann.get('/get-session')
    for (const bad of ['x', 'eyJ', 'bnVsbA', 'e30', value.slice(1), value.slice(0, -2), `${value.slice(0, 40)}A${value.slice(41)}`]) {
      ann.jar.set(DATA, bad)
      await ann.get('/get-session', { note: bad.length < 8 ? bad : 'tampered' })
    }
    await ann.get('/get-session')
  },

  'without a session cookie it is nothing': async t => {
    const ann = await t.signedUp()
    const value = ann.jar.get(TOKEN)
    ann.jar.delete(TOKEN)
    await ann.get('/get-session')
    await ann.get('/list-accounts')
    ann.jar.set(TOKEN, `${value.slice(0, 40)}x`)
    await ann.get('/get-session', { note: 'forged' })
    await ann.post('/update-user', { name: 'Nobody' })
  },

  "somebody else's": async t => {
    const ann = await t.signedUp('ann')
    const bob = await t.signedUp('bob', { name: 'Bob' })
    ann.jar.set(DATA, bob.jar.get(DATA))
    await ann.get('/get-session')
    await ann.get('/get-session')
  },

  'of an earlier session of the same user': async t => {
    const ann = await t.signedUp()
    const before = ann.jar.get(DATA)
    const again = await t.signedIn()
    again.jar.set(DATA, before)
    await again.get('/get-session')
  },

  disableCookieCache: async t => {
    const ann = await t.signedUp()
    for (const value of ['true', 'false', '', '0']) await ann.get(`/get-session?disableCookieCache=${value}`)
    await ann.get('/list-accounts?disableCookieCache=true')
  },

  disableRefresh: async t => {
    const ann = await t.signedUp()
    await ann.get('/get-session?disableRefresh=true')
    ann.jar.delete(DATA)
    await ann.get('/get-session?disableRefresh=true')
    await t.advance(2 * 24 * 60 * MINUTE)
    await ann.get('/get-session?disableRefresh=true')
    await ann.get('/get-session')
  },

  'sign-in and sign-out': async t => {
    const ann = await t.signedUp()
    await ann.post('/sign-out', {})
    await ann.get('/get-session')
    await ann.post('/sign-in/email', { email: t.email(), password: PASSWORD })
    await ann.get('/get-session')
    await ann.post('/sign-out', {})
  },

  'update-user is seen at once': async t => {
    const ann = await t.signedUp()
    await ann.get('/get-session')
    await ann.post('/update-user', { name: 'Änn "the" \\ \u2028 \u007f 👋 \u0001' })
    await ann.get('/get-session')
    await ann.post('/update-user', { image: 'https://example.com/ann.png' })
    await ann.get('/get-session')
    await ann.post('/update-user', { image: null })
    await ann.get('/get-session?disableCookieCache=true')
  },

  'other routes read the cache, and keep it': async t => {
    const ann = await t.signedUp()
    await ann.get('/list-accounts')
    await t.advance(6 * MINUTE)
    await ann.get('/list-accounts')
    await ann.get('/list-accounts')
    ann.jar.set(DATA, 'x')
    await ann.get('/list-accounts')
  },

  'sensitive routes ask the store': async t => {
    const ann = await t.signedUp()
    await ann.post('/verify-password', { password: PASSWORD })
    await ann.post('/change-password', { currentPassword: PASSWORD, newPassword: 'another password' })
    await ann.post('/change-password', { currentPassword: 'another password', newPassword: PASSWORD, revokeOtherSessions: true })
    await ann.get('/get-session')
    await ann.post('/revoke-other-sessions', {})
    await ann.post('/revoke-sessions', {})
    await ann.get('/get-session')
  },

  'ended elsewhere': async t => {
    const here = await t.signedUp()
    const there = await t.signedIn()
    await there.post('/revoke-other-sessions', {})
    await here.get('/get-session', { note: 'still cached' })
    await here.get('/list-accounts', { note: 'still cached' })
    await here.post('/verify-password', { password: PASSWORD }, { note: 'sensitive' })
    await here.get('/get-session', { note: 'gone' })
    await there.get('/get-session')
  },

  'ended elsewhere, and the cache expires': async t => {
    const here = await t.signedUp()
    const there = await t.signedIn()
    await there.post('/revoke-other-sessions', {})
    await t.advance(6 * MINUTE)
    await here.get('/get-session')
    await here.get('/get-session')
  },

  'the user is deleted': async t => {
    const ann = await t.signedUp()
    await ann.post('/delete-user', { password: PASSWORD })
    await ann.get('/get-session')
  },

  'not to be remembered': async t => {
    const ann = await t.signedUp('user', { rememberMe: false })
    await ann.get('/get-session')
    await ann.post('/update-user', { name: 'Änn' })
    await ann.get('/get-session')
    await t.advance(2 * MINUTE)
    await ann.get('/get-session')
    await ann.get('/get-session')
    await t.advance(6 * MINUTE)
    await ann.get('/get-session')
    await ann.post('/update-user', { name: 'Ann' })
    await ann.post('/sign-out', {})
  },

  'in chunks': async t => {
    const ann = await t.signedUp('user', { name: 'x'.repeat(5000) })
    await ann.get('/get-session')
    const first = ann.jar.get(`${DATA}.0`)
    ann.jar.delete(`${DATA}.0`)
    await ann.get('/get-session', { note: 'a chunk is missing' })
    ann.jar.set(`${DATA}.1`, 'x')
    await ann.get('/get-session', { note: 'a chunk is tampered with' })
    ann.jar.set(`${DATA}.01`, first)
    await ann.get('/get-session', { note: 'a number written otherwise' })
    ann.jar.delete(`${DATA}.01`)
    ann.jar.set(`${DATA}.7`, 'x')
    await ann.get('/get-session', { note: 'a chunk too many' })
    ann.jar.set(DATA, 'x')
    await ann.get('/get-session', { note: 'the cookie itself goes first' })
    await ann.post('/update-user', { name: 'Ann' })
    await ann.get('/get-session')
    await ann.post('/update-user', { name: 'ä'.repeat(1600) })
    await ann.get('/get-session')
    await ann.post('/sign-out', {})
  },

  'the session ends before its cache does': async t => {
    const ann = await t.signedUp()
    await t.advance(7 * 24 * 60 * MINUTE - 2 * MINUTE)
    const cookie = ann.jar.header()
    await ann.get('/get-session', { note: 'refreshed' })
    await t.advance(3 * MINUTE)
    await t.get('/get-session', { headers: { cookie }, note: 'as before the refresh' })
    await ann.get('/get-session')
  },

  'kept alive': async t => {
    const ann = await t.signedUp()
    await t.advance(25 * 60 * MINUTE)
    await ann.get('/get-session')
    await t.advance(6 * MINUTE)
    await ann.post('/update-user', { name: 'Änn' })
    await ann.get('/get-session')
  },
}

/** What differs, shown in the compact form. */
const different = {
  'not even base64': async t => {
    const ann = await t.signedUp()
    const differs = {
      name: 'void-cache-is-a-miss',
      reference: { status: 500, statusText: 'Internal Server Error', cookies: [], body: '{"message":"Failed to get session","code":"FAILED_TO_GET_SESSION"}' },
      hallpass: { status: 200, statusText: 'OK', cookies: [`${DATA}=; Max-Age=0; ${ATTRIBUTES}`, compact(t)], body: shown(t) },
    }
    const value = ann.jar.get(DATA)
    for (const bad of ['%', '.', '..', '....', `${value}.`, `.${value}`]) {
      const browser = t.browser(ann.jar.copy().set(DATA, bad))
      await browser.get('/get-session', { note: bad.length < 8 ? bad : 'with a dot', differs })
    }
  },

  'kept alive on another route than /get-session': async t => {
    const ann = await t.signedUp()
    await t.advance(25 * 60 * MINUTE)
    const now = 25 * 60 * MINUTE
    const renewed = compact(t, { now, expires: now + 604800, updated: now })
    const differs = { name: 'session-cookies-whole', reference: { cookies: [renewed] }, hallpass: { cookies: [tokenCookie, renewed] } }
    await ann.get('/list-accounts', { differs })
    await ann.get('/list-accounts')
  },

  'in chunks, on another route than /get-session': async t => {
    const name = 'x'.repeat(5000)
    const ann = await t.signedUp('user', { name })
    await t.advance(6 * MINUTE)
    const written = compact(t, { now: 360, name }).replace(/=<compact/, '.0=<3977 bytes of compact')
    const rest = `${DATA}.1=<3601 bytes of it>; Max-Age=300; ${ATTRIBUTES}`
    const differs = { name: 'session-cookies-whole', reference: { cookies: [rest] }, hallpass: { cookies: [`${DATA}=; Max-Age=0; ${ATTRIBUTES}`, written, rest] } }
    await ann.get('/list-accounts', { differs })
  },

  'ended elsewhere, changing something': async t => {
    const here = await t.signedUp()
    const there = await t.signedIn()
    await there.post('/revoke-other-sessions', {})
    const refused = {
      status: 401,
      statusText: 'Unauthorized',
      cookies: [TOKEN, DATA, DATA, 'better-auth.dont_remember'].map(name => `${name}=; Max-Age=0; ${ATTRIBUTES}`),
      body: '{"message":"Unauthorized","code":"UNAUTHORIZED"}',
    }
    const differs = reference => ({ name: 'cached-sessions-only-read', reference: { status: 200, statusText: 'OK', ...reference }, hallpass: refused })
    const gone = () => t.browser(here.jar.copy())
    const sessionInOrder = '"session":{"id":"<id#2>","createdAt":"<start+0s>","updatedAt":"<start+0s>","userId":"<id#1>","expiresAt":"<start+604800s>","token":"<token#1>","ipAddress":"203.0.113.9","userAgent":"wire/1"}'
    const renewed = compact(t, { name: 'Änn' }).replace(session(), sessionInOrder)
    await gone().get('/list-accounts')
    await gone().post('/update-user', { name: 'Änn' }, { differs: differs({ cookies: [tokenCookie, renewed], body: '{"status":true}' }) })
    const listed = '[{"expiresAt":"<start+604800s>","token":"<token#2>","createdAt":"<start+0s>","updatedAt":"<start+0s>","ipAddress":"203.0.113.9","userAgent":"wire/1","userId":"<id#1>","id":"<id#3>"}]'
    await gone().get('/list-sessions', { differs: differs({ cookies: [], body: listed }) })
  },

  'too large for a request': async t => {
    const [name, image] = ['x'.repeat(6002), 'x'.repeat(6000)]
    const chunk = (index, length, says = 'it') => `${DATA}.${index}=<${length} bytes of ${says}>; Max-Age=300; ${ATTRIBUTES}`
    const said = compact(t, { name, image }).slice(`${DATA}=<`.length, -`>; Max-Age=300; ${ATTRIBUTES}`.length)
    const reference = { cookies: [tokenCookie, chunk(0, 3977, said), chunk(1, 3977), chunk(2, 3977), chunk(3, 3977), chunk(4, 976)] }
    await t.signedUp('user', { name, image }, { differs: { name: 'cache-fits-a-request', reference, hallpass: { cookies: [tokenCookie] } } })
  },
}

const deferred = {
  'deferred refresh': async t => {
    const ann = await t.signedUp()
    await ann.get('/get-session')
    ann.jar.delete(DATA)
    await ann.get('/get-session')
    await t.advance(25 * 60 * MINUTE)
    await ann.get('/get-session')
    await ann.get('/get-session')
    await ann.post('/get-session', {})
    await ann.get('/get-session?disableCookieCache=true')
    await ann.post('/get-session?disableCookieCache=true', {})
    await ann.get('/list-accounts')
  },
}

const group = (cookieCache, scenarios, session) => ({ options: cached(cookieCache, session), scenarios })
const prefixed = (prefix, scenarios) => Object.fromEntries(Object.entries(scenarios).map(([name, run]) => [`${prefix}: ${name}`, run]))

export default [
  group({}, prefixed('compact', forms)),
  group({}, different),
  group({ strategy: 'jwt' }, prefixed('jwt', forms)),
  group({ strategy: 'jwe' }, prefixed('jwe', forms)),
  group({ maxAge: 60, version: '2' }, {
    'another version, and a shorter age': async t => {
      const ann = await t.signedUp()
      await ann.get('/get-session')
      await t.advance(2 * MINUTE)
      await ann.get('/get-session')
    },
  }),
  group({}, prefixed('compact', deferred), { deferSessionRefresh: true }),
  group({ strategy: 'jwe' }, prefixed('jwe', deferred), { deferSessionRefresh: true }),
]
