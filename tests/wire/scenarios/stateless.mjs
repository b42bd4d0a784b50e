import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

const DATA = 'better-auth.session_data'
const TOKEN = 'better-auth.session_token'
const DAY = 24 * 60 * 60
const stateless = (cookieCache, more = {}) => ({
  ...DEFAULTS,
  database: null,
  user: { deleteUser: { enabled: true } },
  ...more,
  session: { ...more.session, ...(cookieCache && { cookieCache }) },
})

/** Of a user who has none, better-auth's memory leaves the picture out. */
const PICTURE = { image: 'https://example.com/picture.png' }

/** A browser in which a new user signed up, who has a picture. */
const signedUp = (t, who, changes) => t.signedUp(who, { ...PICTURE, ...changes })

const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Lax'
const tokenCookie = `${TOKEN}=<signed><token#1>; Max-Age=604800; ${ATTRIBUTES}`
const cleared = [TOKEN, DATA, 'better-auth.account_data', 'better-auth.oauth_state', DATA, 'better-auth.dont_remember'].map(name => `${name}=; Max-Age=0; ${ATTRIBUTES}`)

const forms = {
  'the cookie is the session, in another process too': async t => {
    const ann = await signedUp(t)
    await ann.get('/get-session')
    await ann.get('/list-accounts')
    await t.restart()
    await ann.get('/get-session')
    await ann.get('/list-accounts')
    await ann.post('/sign-in/email', { email: t.email(), password: PASSWORD }, { note: 'the user is gone' })
    await ann.get('/get-session')
    await ann.post('/sign-out', {})
    await ann.get('/get-session')
  },

  'what changes something, after a restart': async t => {
    const ann = await signedUp(t)
    await t.restart()
    await ann.post('/update-user', { name: 'Änn' })
    await ann.get('/get-session')
    await ann.post('/update-user', { image: 'https://example.com/ann.png' })
    await ann.post('/update-user', { image: null })
    await ann.post('/verify-password', { password: PASSWORD })
    await ann.post('/change-password', { currentPassword: PASSWORD, newPassword: 'another password' })
    await ann.post('/delete-user', {})
    await ann.get('/get-session')
  },

  'what changes something, before one': async t => {
    const ann = await signedUp(t)
    await ann.post('/update-user', { name: 'Änn' })
    await ann.get('/get-session')
    await ann.post('/verify-password', { password: PASSWORD })
    await ann.post('/change-password', { currentPassword: PASSWORD, newPassword: 'another password' })
    await ann.post('/sign-out', {})
    await ann.post('/sign-in/email', { email: t.email(), password: 'another password' })
    await ann.post('/delete-user', { password: 'another password' })
    await ann.get('/get-session')
  },

  'written anew in the last fifth': async t => {
    const ann = await signedUp(t)
    await t.advance(5.5 * DAY)
    await ann.get('/get-session')
    await t.advance(0.2 * DAY)
    await t.restart()
    await ann.get('/get-session', { note: 'written anew' })
    await ann.get('/get-session', { note: 'young again' })
    await t.advance(1.2 * DAY)
    await ann.get('/get-session')
    await t.advance(0.2 * DAY)
    await ann.get('/get-session', { note: 'the session itself has ended' })
    await ann.get('/get-session')
  },

  'tampered with, after a restart': async t => {
    const ann = await signedUp(t)
    const [data, token] = [ann.jar.get(DATA), ann.jar.get(TOKEN)]
    await t.restart()
    for (const bad of [`${data.slice(0, -2)}`, `${data.slice(0, 40)}A${data.slice(41)}`]) {
      const browser = t.browser(ann.jar.copy().set(DATA, bad))
      await browser.get('/get-session', { note: 'tampered' })
      await browser.get('/get-session')
    }
    const without = t.browser(ann.jar.copy().delete(DATA))
    await without.get('/get-session', { note: 'no data' })
    const forged = t.browser(ann.jar.copy().set(TOKEN, `${token.slice(0, 40)}x`))
    await forged.get('/get-session', { note: 'forged token' })
    await forged.post('/update-user', { name: 'Nobody' })
    await ann.get('/get-session')
  },

  'tampered with, before one': async t => {
    const ann = await signedUp(t)
    ann.jar.set(DATA, ann.jar.get(DATA).slice(0, -2))
    await ann.get('/get-session')
    await ann.get('/get-session')
    ann.jar.delete(DATA)
    await ann.get('/get-session')
  },

  "somebody else's": async t => {
    const ann = await signedUp(t)
    const bob = await signedUp(t, 'bob', { name: 'Bob' })
    await t.restart()
    ann.jar.set(DATA, bob.jar.get(DATA))
    await ann.get('/get-session')
    await ann.get('/get-session')
    await bob.get('/get-session')
  },

  'not to be remembered': async t => {
    const ann = await signedUp(t, 'user', { rememberMe: false })
    await ann.get('/get-session')
    await t.advance(2 * 60)
    await t.restart()
    await ann.get('/get-session')
    await ann.post('/update-user', { name: 'Änn' })
    await t.advance(DAY - 10 * 60)
    await ann.get('/get-session')
    await t.advance(20 * 60)
    await ann.get('/get-session')
  },

  'a copy outlives the sign-out': async t => {
    const ann = await signedUp(t)
    const copy = t.browser(ann.jar.copy())
    await ann.post('/sign-out', {})
    await copy.get('/get-session')
    await copy.post('/update-user', { name: 'Mallory' })
    await t.advance(7 * DAY + 60)
    await copy.get('/get-session')
  },

  'disableCookieCache and disableRefresh': async t => {
    const ann = await signedUp(t)
    await ann.get('/get-session?disableCookieCache=true')
    await t.advance(6 * DAY)
    await ann.get('/get-session?disableRefresh=true')
    await ann.get('/get-session')
  },

  'disableCookieCache, after a restart': async t => {
    const ann = await signedUp(t)
    await t.restart()
    const session = '"session":{"id":"<id#2>","createdAt":"<start+0s>","updatedAt":"<start+0s>","userId":"<id#1>","expiresAt":"<start+604800s>","token":"<token#1>","ipAddress":"203.0.113.9","userAgent":"wire/1"}'
    const user = `"user":{"id":"<id#1>","createdAt":"<start+0s>","updatedAt":"<start+0s>","email":"${t.email()}","emailVerified":false,"name":"Ann","image":"${PICTURE.image}"}`
    const differs = (reference, hallpass) => ({ name: 'stateless-links-sign-nobody-out', reference, hallpass })
    await t.browser(ann.jar.copy()).get('/get-session?disableCookieCache=true', { differs: differs({ cookies: cleared, body: 'null' }, { cookies: [], body: `{${session},${user}}` }) })
    await t.browser(ann.jar.copy()).get('/list-accounts?disableCookieCache=true', {
      differs: differs({ status: 401, statusText: 'Unauthorized', cookies: cleared, body: '{"message":"Unauthorized","code":"UNAUTHORIZED"}' }, { status: 200, statusText: 'OK', cookies: [], body: '[]' }),
    })
    await ann.get('/get-session')
  },

  'disableCookieCache, after signing out': async t => {
    const ann = await signedUp(t)
    const copy = t.browser(ann.jar.copy())
    await ann.post('/sign-out', {})
    await copy.get('/get-session?disableCookieCache=true')
  },

  'the official client': async t => {
    const { call } = t.client()
    await call('signUp', client => client.signUp.email(newUser(t.email(), PICTURE)))
    await t.restart()
    await call('getSession', client => client.getSession())
    await call('updateUser', client => client.updateUser({ name: 'Änn' }))
    await call('getSession', client => client.getSession())
    await call('signOut', client => client.signOut())
    await call('getSession', client => client.getSession())
  },
}

const refused = {
  status: 501,
  statusText: 'Not Implemented',
  body: '{"message":"Sessions are in cookies alone and can neither be listed nor ended from elsewhere","code":"STATELESS_SESSIONS"}',
}

/** What differs, shown in the compact form. */
const different = {
  'sessions of a user, before a restart': async t => {
    const ann = await signedUp(t)
    const differs = reference => ({ name: 'stateless-ends-one-session', reference: { status: 200, statusText: 'OK', ...reference }, hallpass: { ...refused, ...(reference.cookies && { cookies: [] }) } })
    const listed = '[{"expiresAt":"<start+604800s>","token":"<token#1>","createdAt":"<start+0s>","updatedAt":"<start+0s>","ipAddress":"203.0.113.9","userAgent":"wire/1","userId":"<id#1>","id":"<id#2>"}]'
    const done = '{"status":true}'
    await ann.get('/list-sessions', { differs: differs({ body: listed }) })
    await ann.post('/revoke-session', { token: 'x'.repeat(32) }, { differs: differs({ body: done }) })
    await ann.post('/revoke-other-sessions', {}, { differs: differs({ body: done }) })
    const copy = t.browser(ann.jar.copy())
    await copy.post('/revoke-sessions', {}, { differs: differs({ cookies: cleared, body: done }) })
    await ann.get('/get-session')
  },

  'another password and the other sessions': async t => {
    const ann = await signedUp(t)
    const change = { currentPassword: PASSWORD, newPassword: 'another password', revokeOtherSessions: true }
    const session = '"session":{"expiresAt":"<start+604800s>","token":"<token#2>","createdAt":"<start+0s>","updatedAt":"<start+0s>","ipAddress":"203.0.113.9","userAgent":"wire/1","userId":"<id#1>","id":"<id#3>"}'
    const user = `{"id":"<id#1>","createdAt":"<start+0s>","updatedAt":"<start+0s>","email":"${t.email()}","emailVerified":false,"name":"Ann","image":"${PICTURE.image}"}`
    const data = `${DATA}=<compact {} {${session},"user":${user},"version":"1","updatedAt":"<start+0s>","expiresAt":"<start+604800s>","order":"session,user,updatedAt,version,expiresAt"}>; Max-Age=604800; ${ATTRIBUTES}`
    const reference = { status: 200, statusText: 'OK', cookies: [tokenCookie.replace('#1', '#2'), data], body: `{"token":"<token#2>","user":${user}}` }
    await ann.post('/change-password', change, { differs: { name: 'stateless-ends-one-session', reference, hallpass: { ...refused, cookies: [] } } })
  },

  'the own session': async t => {
    const ann = await signedUp(t)
    await ann.post('/revoke-session', { token: ann.jar.get(TOKEN).split('.')[0] })
    await ann.get('/get-session')
  },

  'sessions of a user, after one': async t => {
    const ann = await signedUp(t)
    await t.restart()
    await ann.get('/list-sessions', { differs: { name: 'stateless-ends-one-session', reference: { status: 200, statusText: 'OK', body: '[]' }, hallpass: refused } })
  },

  'no picture': async t => {
    const session = '"session":{"expiresAt":"<start+604800s>","token":"<token#1>","createdAt":"<start+0s>","updatedAt":"<start+0s>","ipAddress":"203.0.113.9","userAgent":"wire/1","userId":"<id#1>","id":"<id#2>"}'
    const user = image => `{"name":"Ann","email":"${t.email()}","emailVerified":false,${image}"createdAt":"<start+0s>","updatedAt":"<start+0s>","id":"<id#1>"}`
    const answer = image => ({
      cookies: [tokenCookie, `${DATA}=<compact {} {${session},"user":${user(image)},"version":"1","updatedAt":"<start+0s>","expiresAt":"<start+604800s>","order":"session,user,updatedAt,version,expiresAt"}>; Max-Age=604800; ${ATTRIBUTES}`],
      body: `{"token":"<token#1>","user":${user(image)}}`,
    })
    const differs = { name: 'absent-is-null', reference: answer(''), hallpass: answer('"image":null,') }
    await t.browser().post('/sign-up/email', newUser(t.email()), { differs })
  },

  'written anew on another route than /get-session': async t => {
    const ann = await signedUp(t)
    await t.advance(6 * DAY)
    const session = '"session":{"id":"<id#2>","createdAt":"<start+0s>","updatedAt":"<start+0s>","userId":"<id#1>","expiresAt":"<start+604800s>","token":"<token#1>","ipAddress":"203.0.113.9","userAgent":"wire/1"}'
    const user = `"user":{"id":"<id#1>","createdAt":"<start+0s>","updatedAt":"<start+0s>","email":"${t.email()}","emailVerified":false,"name":"Ann","image":"${PICTURE.image}"}`
    const now = 6 * DAY
    const data = `${DATA}=<compact {} {${session},${user},"version":"1","updatedAt":"<start+${now}s>","expiresAt":"<start+${now + 604800}s>","order":"session,user,updatedAt,version,expiresAt"}>; Max-Age=604800; ${ATTRIBUTES}`
    const differs = { name: 'session-cookies-whole', reference: { cookies: [tokenCookie] }, hallpass: { cookies: [data, tokenCookie] } }
    await ann.get('/list-accounts', { differs })
  },
}

const updates = {
  'fields of the session': async t => {
    const ann = await signedUp(t)
    await ann.post('/update-session', { theme: 'dark' })
    await ann.get('/get-session')
    await t.restart()
    await ann.post('/update-session', { theme: 'light' })
    await ann.get('/get-session')
    await ann.post('/update-user', { motto: 'on' })
    await ann.get('/get-session')
  },
}
const fields = { additionalFields: { theme: { type: 'string', required: false, defaultValue: 'plain' } } }
const motto = { additionalFields: { motto: { type: 'string', required: false, defaultValue: 'off' } } }

/** Ages of the cookie's own. */
const ages = {
  'a cookie of an hour, written anew in its last ten minutes': async t => {
    const ann = await signedUp(t)
    await t.advance(49 * 60)
    await ann.get('/get-session')
    await t.advance(2 * 60)
    await ann.get('/get-session?disableRefresh=true')
    await t.restart()
    await t.advance(20 * 60)
    await ann.get('/get-session')
    await t.advance(41 * 60)
    const late = t.browser(ann.jar.copy())
    await ann.get('/get-session', { note: 'its end' })
    await late.get('/list-accounts')
  },
}

const never = {
  'a token alone finds the session in the memory that made it, and prolongs it': async t => {
    const ann = await signedUp(t)
    await t.advance(5 * 3600)
    ann.jar.delete(DATA)
    await ann.get('/get-session', { note: 'the cookie of an hour is gone' })
    await t.advance(DAY)
    await ann.get('/get-session', { note: 'prolonged' })
    await t.advance(7 * DAY - 3600)
    await ann.get('/get-session', { note: 'past its first end, and prolonged again' })
    await t.advance(2 * 3600)
    await t.restart()
    await ann.get('/get-session', { note: 'another process' })
  },

  'a cookie that is never written anew': async t => {
    const ann = await signedUp(t)
    await t.advance(59 * 60)
    await ann.get('/get-session')
    await t.advance(2 * 60)
    await ann.get('/get-session', { note: 'out of memory' })
    await t.restart()
    await t.advance(61 * 60)
    await ann.get('/get-session')
  },
}

const plugins = {
  'a token for other services, and a bearer': async t => {
    const ann = await signedUp(t)
    const bearer = ann.jar.get(TOKEN).split('.')[0]
    await ann.get('/token')
    await t.get('/get-session', { headers: { authorization: `Bearer ${bearer}` } })
    await t.restart()
    await ann.get('/token')
    await t.get('/get-session', { headers: { authorization: `Bearer ${bearer}` }, note: 'the token alone' })
    await ann.get('/get-session', { headers: { authorization: `Bearer ${bearer}` } })
  },
}

const deferred = {
  'deferred refresh': async t => {
    const ann = await signedUp(t)
    await ann.get('/get-session')
    await ann.post('/get-session', {})
    await t.advance(6 * DAY)
    await ann.get('/get-session')
    await t.restart()
    await ann.post('/get-session', {})
  },
}

const withStorage = {
  'a secondary storage and no database': async t => {
    const ann = await signedUp(t)
    await ann.post('/update-user', { name: 'Änn' })
    await ann.get('/list-accounts')
    await ann.post('/revoke-other-sessions', {})
    await ann.get('/list-accounts')
  },
}

const group = (cookieCache, scenarios, more) => ({ options: stateless(cookieCache, more), scenarios })
const prefixed = (prefix, scenarios) => Object.fromEntries(Object.entries(scenarios).map(([name, run]) => [`${prefix}: ${name}`, run]))

/** Addresses are changed at once where the old one is unproven. */
const atOnce = { changeEmail: { enabled: true, updateEmailWithoutVerification: true } }

const addresses = {
  'another address, before a restart and after': async t => {
    const ann = await signedUp(t)
    await ann.post('/change-email', { newEmail: t.email('new') })
    await ann.get('/get-session')
    await t.restart()
    await ann.post('/change-email', { newEmail: t.email('newer') })
    await ann.get('/get-session')
  },
}

const proven = {
  'an old cookie, and an address that was proven meanwhile': async t => {
    const ann = await signedUp(t)
    const old = t.browser(ann.jar.copy())
    await ann.post('/send-verification-email', { email: t.email() })
    const { token } = (await t.outbox()).at(-1)
    await ann.get(`/verify-email?token=${token}`)
    const session = '"session":{"id":"<id#2>","createdAt":"<start+0s>","updatedAt":"<start+0s>","userId":"<id#1>","expiresAt":"<start+604800s>","token":"<token#1>","ipAddress":"203.0.113.9","userAgent":"wire/1"}'
    const user = `"user":{"id":"<id#1>","createdAt":"<start+0s>","updatedAt":"<start+0s>","email":"${t.email('new')}","emailVerified":false,"name":"Ann","image":"${PICTURE.image}"}`
    const data = `${DATA}=<compact {} {${session},${user},"version":"1","updatedAt":"<start+0s>","expiresAt":"<start+604800s>","order":"session,user,updatedAt,version,expiresAt"}>; Max-Age=604800; ${ATTRIBUTES}`
    const differs = { name: 'stateless-memory-knows-users', reference: { cookies: [tokenCookie, data] }, hallpass: { cookies: [] } }
    await old.post('/change-email', { newEmail: t.email('new') }, { differs })
  },
}

export default [
  group(undefined, prefixed('jwe', forms)),
  group({ enabled: true, strategy: 'compact' }, prefixed('compact', forms)),
  group({ enabled: true, strategy: 'jwt' }, prefixed('jwt', forms)),
  group({ strategy: 'compact' }, different),
  group(undefined, prefixed('jwe', updates), { user: motto, session: fields }),
  group({ strategy: 'compact' }, prefixed('compact', updates), { user: motto, session: fields }),
  group({ maxAge: 3600, refreshCache: { updateAge: 600 } }, ages),
  group({ maxAge: 3600, refreshCache: false }, never),
  group({ version: '2' }, prefixed('version', { 'the official client': forms['the official client'] })),
  group(undefined, plugins, { plugins: [{ id: 'jwt' }, { id: 'bearer' }] }),
  group(undefined, deferred, { session: { deferSessionRefresh: true } }),
  group({ strategy: 'compact' }, addresses, { user: atOnce }),
  group({ strategy: 'compact' }, proven, { user: atOnce, emailVerification: { sendVerificationEmail: true } }),
  { options: { ...stateless(undefined, { secondaryStorage: 'memory' }) }, scenarios: withStorage },
  {
    options: stateless({ enabled: false }),
    refused: { title: 'no database and no cookies', differs: 'stateless-has-cookies', says: 'option session.cookieCache.enabled' },
  },
]
