import { DEFAULTS, PASSWORD, advanced, newUser } from '../harness/options.mjs'
import { difference, refusal } from '../harness/replies.mjs'

const DAY = 86_400
const deletion = (changes = {}) => ({ ...DEFAULTS, user: { deleteUser: { enabled: true } }, ...changes })

/** A browser signed in as a new user. */
async function signedIn(t, changes, who) {
  const browser = t.browser()
  await browser.post('/sign-up/email', newUser(t.email(who), changes))
  return browser
}

/** A browser of its own with another session of the user. */
async function signedInAgain(t, who) {
  const browser = t.browser()
  await browser.post('/sign-in/email', { email: t.email(who), password: PASSWORD })
  return browser
}

const json = { 'content-type': 'application/json' }
const UPDATED = {
  status: 200,
  statusText: 'OK',
  headers: json,
  cookies: ['better-auth.session_token=<signed><token#1>; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax'],
  body: '{"status":true}',
}
const BROKEN = { status: 500, statusText: 'Internal Server Error', cookies: [], body: '' }

/** Fields of a wrong type, as `[field, what it is called]`, that hallpass refuses and better-auth gives to its database. */
function checksTypes(reference, ...fields) {
  const message = fields.map(([field, type]) => `[body.${field}] Invalid input: expected string, received ${type}`).join('; ')
  return difference('update-user-checks-types', reference, { ...refusal(400, 'Bad Request', 'VALIDATION_ERROR', message), headers: json })
}

const updating = {
  'update: name, image, and both': async t => {
    const browser = await signedIn(t)
    for (const body of [{ name: 'Bo' }, { image: 'https://example.com/bo.png' }, { image: null }, { name: 'Cy', image: 'data:x' }, { name: 'Cy', image: null }, { name: 'Cy' }]) {
      await browser.post('/update-user', body)
      await browser.get('/get-session')
    }
    await t.stores()
  },

  'update: the time of the update, seen by every session of the user and by nobody else': async t => {
    const browser = await signedIn(t)
    const again = await signedInAgain(t)
    const other = await signedIn(t, { name: 'Dee' }, 'other')
    await t.advance(600)
    await browser.post('/update-user', { name: 'Bo' })
    for (const each of [browser, again, other]) await each.get('/get-session')
    await t.advance(600)
    await again.post('/update-user', { name: 'Bo' })
    await browser.get('/get-session')
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
  },

  'update: nothing to update': async t => {
    const browser = await signedIn(t)
    await t.advance(60)
    const unknown = { id: 'mine', emailVerified: true, createdAt: '2000-01-01T00:00:00.000Z', updatedAt: 0, role: 'admin', password: 'x', '': 1, 'a b': 2, Name: 'x' }
    await browser.post('/update-user', {})
    await browser.post('/update-user', unknown)
    for (const [key, value] of Object.entries(unknown)) await browser.post('/update-user', { [key]: value })
    await browser.post('/update-user', undefined, { body: '{"__proto__":{"name":"x"},"constructor":1}', type: 'application/json' })
    await browser.get('/get-session')
    await browser.post('/update-user', { ...unknown, name: 'Bo' })
    await browser.get('/get-session')
  },

  'update: the address cannot be updated': async t => {
    const browser = await signedIn(t)
    for (const email of ['new@example.com', t.email(), 'x', ' ', 1, true, {}, []]) await browser.post('/update-user', { email })
    for (const email of ['', null, 0, false]) await browser.post('/update-user', { email })
    await browser.post('/update-user', { name: 'Bo', email: 'new@example.com' })
    await browser.post('/update-user', { name: 1, email: 'new@example.com' })
    await browser.get('/get-session')
    await browser.post('/update-user', { name: 'Bo', email: '' })
    await browser.post('/update-user', { image: 'x', email: null })
    await browser.get('/get-session')
  },

  'update: bodies that are none': async t => {
    const browser = await signedIn(t)
    await browser.post('/update-user', undefined)
    for (const body of [null, [], ['name'], [{ name: 'Bo' }], 'name', '', 1, 0, true, false]) await browser.post('/update-user', body)
    for (const body of ['{bad', '', ' ', '{"name":"Bo"', '{"name":"Bo"} x', "{'name':'Bo'}"]) await browser.post('/update-user', undefined, { body, type: 'application/json' })
    for (const type of [undefined, 'text/plain', 'application/xml', 'application/x-www-form-urlencoded']) {
      await browser.post('/update-user', undefined, { body: '{"name":"Bo"}', type, note: String(type) })
    }
    await browser.get('/get-session')
    await browser.post('/update-user', undefined, { body: '{"name":"Bo"}', type: 'application/json; charset=utf-8' })
    await browser.get('/get-session')
  },

  'update: text of every sort': async t => {
    const browser = await signedIn(t)
    for (const text of ['', ' ', ' Bo ', 'é', 'e\u0301', '漢字', '👩‍👩‍👧', '\u202eBo', '"\\/\b\f\n\r\t', '<script>', "'; drop table user; --", 'a'.repeat(1000)]) {
      await browser.post('/update-user', { name: text, image: text })
      await browser.get('/get-session')
    }
  },

  'update: no session': async t => {
    await t.post('/update-user', { name: 'Bo' })
    await t.post('/update-user', {})
    await t.post('/update-user', { name: 1 })
    await t.post('/update-user', { email: 'x' })
    await t.post('/update-user', undefined)
    await t.post('/update-user', [])
    await t.browser().post('/update-user', { name: 'Bo' })
    await t.get('/update-user')
    const { jar } = await signedIn(t)
    const token = decodeURIComponent(jar.get('better-auth.session_token')).split('.')[0]
    for (const value of ['x', token, t.sign(token, 'another secret'), t.sign('a'.repeat(32))]) {
      await t.browser().post('/update-user', { name: 'Bo' }, { headers: { cookie: `better-auth.session_token=${value}` } })
    }
    await t.browser(jar).get('/get-session')
  },

  'update: a session that has expired': async t => {
    const browser = await signedIn(t)
    const before = browser.jar.copy()
    await t.advance(7 * DAY + 60)
    await browser.post('/update-user', { name: 'Bo' })
    await t.stores()
    await t.browser(before).post('/update-user', {})
    const again = await signedInAgain(t)
    await again.get('/get-session')
  },

  'update: a session that has ended': async t => {
    const browser = await signedIn(t)
    const before = browser.jar.copy()
    await browser.post('/sign-out', {})
    await t.browser(before).post('/update-user', { name: 'Bo' })
  },

  'update: origins': async t => {
    const browser = await signedIn(t)
    for (const origin of [null, '', 'https://evil.example']) await browser.post('/update-user', { name: 'Bo' }, { headers: { origin }, note: String(origin) })
    await browser.post('/update-user', { name: 'Bo' }, { headers: { origin: 'null', 'sec-fetch-site': 'cross-site' }, note: 'opaque' })
    await browser.post('/update-user', { name: 1 }, { headers: { origin: 'https://evil.example' } })
    await browser.post('/update-user', { name: 'Bo', callbackURL: 'https://evil.example' })
    await browser.get('/get-session')
    await browser.post('/update-user', { name: 'Bo', callbackURL: '/home' })
    await browser.get('/get-session')
  },

  'update: a session not to be remembered': async t => {
    const browser = await signedIn(t, { rememberMe: false })
    await t.advance(600)
    await browser.post('/update-user', { name: 'Bo' })
    await browser.post('/update-user', {})
    await browser.get('/get-session')
    await t.advance(DAY - 660)
    await browser.post('/update-user', { name: 'Cy' })
    await browser.get('/get-session')
    await t.advance(120)
    await browser.post('/update-user', { name: 'Dee' })
  },

  'update: cookies that say whether to remember, and do not fit': async t => {
    const lost = await signedIn(t, { rememberMe: false })
    lost.jar.delete('better-auth.dont_remember')
    await lost.post('/update-user', { name: 'Bo' })
    const added = await signedInAgain(t)
    added.jar.set('better-auth.dont_remember', t.sign('true', 'another secret'))
    await added.post('/update-user', { name: 'Bo' })
    added.jar.set('better-auth.dont_remember', 'true')
    await added.post('/update-user', { name: 'Bo' })
    added.jar.set('better-auth.dont_remember', t.sign('true'))
    await added.post('/update-user', { name: 'Bo' })
    await added.get('/get-session')
  },

  'update: cookies of cached data that nobody asked for': async t => {
    const browser = await signedIn(t)
    browser.jar.set('better-auth.session_data', 'x').set('better-auth.session_data.0', 'y')
    await browser.post('/update-user', { name: 'Bo' })
  },

  'update: a session that is due for refresh': async t => {
    const browser = await signedIn(t)
    await t.advance(DAY)
    await browser.post('/update-user', { name: 'Bo' })
    await browser.get('/get-session?disableRefresh=1')
    await t.advance(DAY)
    await browser.post('/update-user', {})
    await browser.get('/get-session?disableRefresh=1')
    await t.advance(DAY)
    await browser.post('/update-user?disableRefresh=true', { name: 'Cy' })
    await browser.get('/get-session?disableRefresh=1')
    await t.stores()
  },

  'update: due for refresh, not to be remembered': async t => {
    const browser = await signedIn(t)
    browser.jar.set('better-auth.dont_remember', t.sign('true'))
    await t.advance(2 * DAY)
    await browser.post('/update-user', { name: 'Bo' })
    await browser.get('/get-session')
  },

  'update: a name of a wrong type': async t => {
    const browser = await signedIn(t)
    for (const value of [0, 1, -1.5, 1e21]) await browser.post('/update-user', { name: value }, { differs: checksTypes(UPDATED, ['name', 'number']) })
    for (const value of [false, true]) await browser.post('/update-user', { name: value }, { differs: checksTypes(UPDATED, ['name', 'boolean']) })
    // better-auth has written `true` as a number.
    const session = '{"expiresAt":"<start+604800s>","token":"<token#1>","createdAt":"<start+0s>","updatedAt":"<start+0s>","ipAddress":"203.0.113.9","userAgent":"wire/1","userId":"<id#1>","id":"<id#2>"}'
    const seen = name => ({ body: `{"session":${session},"user":{"name":"${name}","email":"${t.email()}","emailVerified":false,"image":null,"createdAt":"<start+0s>","updatedAt":"<start+0s>","id":"<id#1>"}}` })
    await browser.get('/get-session', { differs: difference('update-user-checks-types', seen('1.0'), seen('Ann')) })
    await browser.post('/update-user', { name: 'Ann' })
    await browser.post('/update-user', { name: null }, { differs: checksTypes(BROKEN, ['name', 'null']) })
    for (const value of [[], ['x']]) await browser.post('/update-user', { name: value }, { differs: checksTypes(BROKEN, ['name', 'array']) })
    for (const value of [{}, { a: 1 }]) await browser.post('/update-user', { name: value }, { differs: checksTypes(BROKEN, ['name', 'object']) })
    await browser.get('/get-session')
  },

  'update: an image of a wrong type': async t => {
    const browser = await signedIn(t)
    for (const value of [0, 1.5]) await browser.post('/update-user', { image: value }, { differs: checksTypes(UPDATED, ['image', 'number']) })
    for (const value of [false, true]) await browser.post('/update-user', { image: value }, { differs: checksTypes(UPDATED, ['image', 'boolean']) })
    await browser.post('/update-user', { image: null })
    for (const value of [[], ['x']]) await browser.post('/update-user', { image: value }, { differs: checksTypes(BROKEN, ['image', 'array']) })
    for (const value of [{}, { a: 1 }]) await browser.post('/update-user', { image: value }, { differs: checksTypes(BROKEN, ['image', 'object']) })
    await browser.post('/update-user', { name: 1, image: {} }, { differs: checksTypes(BROKEN, ['name', 'number'], ['image', 'object']) })
    await browser.post('/update-user', { image: {}, name: null }, { differs: checksTypes(BROKEN, ['name', 'null'], ['image', 'object']) })
    await browser.get('/get-session')
  },

  'update: the official client': async t => {
    const { call } = t.client()
    await call('updateUser, signed out', client => client.updateUser({ name: 'Bo' }))
    await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
    await call('updateUser', client => client.updateUser({ name: 'Bo', image: 'https://example.com/bo.png' }))
    await call('getSession', client => client.getSession())
    await call('updateUser, no image', client => client.updateUser({ image: null }))
    await call('updateUser, name undefined', client => client.updateUser({ name: undefined }))
    await call('updateUser, an address', client => client.updateUser({ email: 'new@example.com' }))
    await call('getSession', client => client.getSession())
  },
}

const deleting = {
  'delete: a fresh session needs no password': async t => {
    const browser = await signedIn(t)
    const before = browser.jar.copy()
    await browser.post('/delete-user', {})
    await t.stores()
    await browser.get('/get-session')
    await t.browser(before.copy()).get('/get-session')
    await t.browser(before.copy()).post('/delete-user', {})
    await t.browser(before.copy()).post('/update-user', { name: 'Bo' })
  },

  'delete: passwords': async t => {
    const browser = await signedIn(t)
    for (const password of ['wrong password', 'x', ' ', `${PASSWORD} `, 'x'.repeat(128), 'x'.repeat(129), '👍'.repeat(65)]) await browser.post('/delete-user', { password })
    await browser.get('/get-session')
    await t.stores()
    await browser.post('/delete-user', { password: PASSWORD })
    await t.stores()
  },

  'delete: an empty password is none': async t => {
    const browser = await signedIn(t)
    await browser.post('/delete-user', { password: '' })
    await t.stores()
  },

  'delete: a session that is almost too old': async t => {
    const browser = await signedIn(t)
    await t.advance(DAY - 60)
    await browser.post('/delete-user', {})
    await t.stores()
  },

  'delete: a session that is too old, unless there is a password': async t => {
    const browser = await signedIn(t)
    await t.advance(DAY)
    await browser.post('/delete-user', {})
    await browser.post('/delete-user', { password: '' })
    await browser.post('/delete-user', { callbackURL: '/bye' })
    await browser.post('/delete-user', { password: 'wrong password' })
    await browser.get('/get-session?disableRefresh=1')
    await t.stores()
    await browser.post('/delete-user', { password: PASSWORD })
    await t.stores()
    await browser.get('/get-session')
  },

  'delete: a refresh makes no session fresh, a sign-in does': async t => {
    const browser = await signedIn(t)
    await t.advance(2 * DAY)
    await browser.get('/get-session')
    await browser.post('/delete-user', {})
    const again = await signedInAgain(t)
    await again.post('/delete-user', {})
    await browser.get('/get-session')
    await t.stores()
  },

  'delete: tokens that nobody sent': async t => {
    const browser = await signedIn(t)
    for (const token of ['x', 'a'.repeat(32), ' ', "' or 1=1 --"]) await browser.post('/delete-user', { token })
    await browser.post('/delete-user', { token: 'x', password: PASSWORD })
    await browser.post('/delete-user', { token: 'x', password: 'wrong password' })
    await browser.post('/delete-user', { token: 'x', password: 'x'.repeat(129) })
    await t.advance(2 * DAY)
    await browser.post('/delete-user', { token: 'x' })
    await browser.post('/delete-user', { token: '' })
    await browser.get('/get-session')
    await t.stores()
  },

  'delete: an empty token is none': async t => {
    const browser = await signedIn(t)
    await browser.post('/delete-user', { token: '', password: '', callbackURL: '/bye' })
    await t.stores()
  },

  'delete: targets': async t => {
    const foreign = await signedIn(t)
    for (const callbackURL of ['https://evil.example', '//evil.example', 'javascript:alert(1)', 'bye']) {
      await foreign.post('/delete-user', { callbackURL })
      await t.post('/delete-user', { callbackURL }, { note: 'no cookie' })
    }
    await foreign.get('/get-session')
    for (const [i, callbackURL] of ['/bye', 'http://localhost:3000/bye', ''].entries()) {
      const browser = await signedIn(t, {}, `user${i}`)
      await browser.post('/delete-user', { callbackURL })
    }
    await t.stores()
  },

  'delete: fields of every type': async t => {
    const browser = await signedIn(t)
    for (const field of ['callbackURL', 'password', 'token']) {
      for (const value of [null, true, 0, [], {}]) await browser.post('/delete-user', { [field]: value })
    }
    await browser.post('/delete-user', { token: 1, password: 2, callbackURL: 3 })
    await t.post('/delete-user', { token: 1, password: 2, callbackURL: '/bye' })
    await browser.get('/get-session')
  },

  'delete: bodies that are none': async t => {
    const browser = await signedIn(t)
    await browser.post('/delete-user', undefined)
    for (const body of [null, [], 'x', 1, true]) await browser.post('/delete-user', body)
    await browser.post('/delete-user', undefined, { body: '{bad', type: 'application/json' })
    await browser.post('/delete-user', undefined, { body: '{}', type: 'text/plain' })
    await browser.get('/get-session')
    await t.stores()
  },

  'delete: keys that nobody asked for': async t => {
    const browser = await signedIn(t)
    const other = await signedIn(t, {}, 'other')
    await browser.post('/delete-user', { id: 'x', userId: 'x', email: t.email('other'), user: { email: t.email('other') } })
    await other.get('/get-session')
    await t.stores()
  },

  'delete: no session': async t => {
    for (const body of [{}, { password: PASSWORD }, { token: 'x' }, undefined, [], { password: 1 }]) await t.post('/delete-user', body)
    await t.browser().post('/delete-user', {})
    await t.get('/delete-user')
    const { jar } = await signedIn(t)
    const token = decodeURIComponent(jar.get('better-auth.session_token')).split('.')[0]
    for (const value of ['x', token, t.sign(token, 'another secret'), t.sign('a'.repeat(32))]) {
      await t.browser().post('/delete-user', {}, { headers: { cookie: `better-auth.session_token=${value}` } })
    }
    await t.browser(jar).get('/get-session')
    await t.stores()
  },

  'delete: a session that has expired or ended': async t => {
    const browser = await signedIn(t)
    const ended = await signedInAgain(t)
    const before = ended.jar.copy()
    await ended.post('/sign-out', {})
    await t.browser(before).post('/delete-user', { password: PASSWORD })
    await t.advance(7 * DAY + 60)
    await browser.post('/delete-user', { password: PASSWORD })
    await t.stores()
  },

  'delete: origins': async t => {
    const browser = await signedIn(t)
    for (const origin of [null, '', 'https://evil.example']) await browser.post('/delete-user', {}, { headers: { origin }, note: String(origin) })
    await browser.post('/delete-user', {}, { headers: { origin: 'null', 'sec-fetch-site': 'cross-site' }, note: 'opaque' })
    await browser.get('/get-session')
    await t.stores()
  },

  'delete: every session of the user ends, nobody else’s': async t => {
    const browser = await signedIn(t)
    const others = [await signedInAgain(t), await signedInAgain(t)]
    const stranger = await signedIn(t, { name: 'Dee' }, 'stranger')
    const strangers = await signedInAgain(t, 'stranger')
    await t.stores()
    await browser.post('/delete-user', {})
    await t.stores()
    await others[0].post('/update-user', { name: 'Bo' })
    await others[1].get('/get-session')
    for (const each of [stranger, strangers]) await each.get('/get-session')
    await signedInAgain(t, 'stranger')
    await t.stores()
  },

  'delete: the address is free again': async t => {
    const browser = await signedIn(t)
    const before = browser.jar.copy()
    await t.post('/sign-up/email', newUser(t.email()))
    await browser.post('/delete-user', { password: PASSWORD })
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
    const again = t.browser()
    await again.post('/sign-up/email', newUser(t.email(), { name: 'Bo', password: 'another password' }))
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
    await t.post('/sign-in/email', { email: t.email(), password: 'another password' })
    await again.get('/get-session')
    await t.browser(before).get('/get-session')
    await t.stores()
  },

  'delete: a session not to be remembered, and cookies of cached data': async t => {
    const browser = await signedIn(t, { rememberMe: false })
    browser.jar.set('better-auth.session_data', 'x').set('better-auth.session_data.0', 'y').set('better-auth.account_data', 'a')
    await browser.post('/delete-user', { password: 'wrong password' })
    await browser.post('/delete-user', { password: PASSWORD })
    await t.stores()
  },

  'delete: the official client': async t => {
    const { call } = t.client()
    const signUp = () => call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
    await call('deleteUser, signed out', client => client.deleteUser())
    await signUp()
    await call('deleteUser, wrong password', client => client.deleteUser({ password: 'wrong password' }))
    await call('deleteUser, bad token', client => client.deleteUser({ token: 'x' }))
    await call('deleteUser, bad callbackURL', client => client.deleteUser({ callbackURL: 'https://evil.example' }))
    await call('deleteUser', client => client.deleteUser({ password: PASSWORD, callbackURL: '/bye' }))
    await call('getSession', client => client.getSession())
    await call('signIn.email', client => client.signIn.email({ email: t.email(), password: PASSWORD }))
    await signUp()
    await call('deleteUser, no body', client => client.deleteUser())
    await signUp()
    await t.advance(2 * DAY)
    await call('deleteUser, not fresh', client => client.deleteUser())
    await t.stores()
  },
}

async function refusesToDelete(t) {
  const browser = await signedIn(t)
  for (const body of [{}, { password: PASSWORD }, { password: 'wrong password' }, { token: 'x' }, { callbackURL: '/bye' }, { callbackURL: 'https://evil.example' }, { password: 1 }, undefined, []]) {
    await browser.post('/delete-user', body)
  }
  await browser.post('/delete-user', {}, { headers: { origin: null } })
  await t.post('/delete-user', {})
  await t.advance(2 * DAY)
  await browser.post('/delete-user', {})
  await browser.get('/get-session')
  await t.stores()
  const { call } = t.client()
  await call('signIn.email', client => client.signIn.email({ email: t.email(), password: PASSWORD }))
  await call('deleteUser', client => client.deleteUser({ password: PASSWORD }))
}

async function deletesAfter(t, seconds) {
  const browser = await signedIn(t)
  await t.advance(seconds)
  await browser.post('/delete-user', {})
  await t.stores()
}

export default [
  { options: DEFAULTS, scenarios: { ...updating, 'delete: not enabled': refusesToDelete } },
  { options: deletion({ user: { deleteUser: { enabled: false } } }), scenarios: { 'delete: disabled': refusesToDelete } },
  { options: deletion(), scenarios: deleting },
  {
    options: deletion({ session: { freshAge: 0 } }),
    scenarios: {
      'delete: every session is fresh': t => deletesAfter(t, 6 * DAY),
      'delete: every session is fresh, but a wrong password is wrong': async t => {
        const browser = await signedIn(t)
        await t.advance(2 * DAY)
        await browser.post('/delete-user', { password: 'wrong password' })
        await t.stores()
      },
    },
  },
  {
    options: deletion({ session: { freshAge: 600 } }),
    scenarios: {
      'delete: fresh for ten minutes': t => deletesAfter(t, 540),
      'delete: not fresh after ten minutes': t => deletesAfter(t, 600),
    },
  },
  {
    options: deletion({ session: { updateAge: 0 } }),
    scenarios: {
      'update and delete where each look refreshes': async t => {
        const browser = await signedIn(t)
        await t.advance(60)
        await browser.post('/update-user', { name: 'Bo' })
        await t.advance(60)
        await browser.post('/delete-user', { password: 'wrong password' })
        await browser.get('/get-session?disableRefresh=1')
        await browser.post('/delete-user', {})
      },
    },
  },
  {
    options: { ...advanced({ useSecureCookies: true }), user: { deleteUser: { enabled: true } }, basePath: '/custom/path' },
    basePath: '/custom/path',
    scenarios: {
      'update and delete with secure cookies and a base path': async t => {
        const browser = await signedIn(t, { rememberMe: false })
        await browser.post('/update-user', { name: 'Bo' })
        await browser.get('/get-session')
        await browser.post('/delete-user', {})
        await t.stores()
      },
    },
  },
]
