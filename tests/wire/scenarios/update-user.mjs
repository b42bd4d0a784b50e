import { DEFAULTS, PASSWORD } from '../harness/options.mjs'
import { UPDATED, difference, refusal } from '../harness/replies.mjs'

const DAY = 86_400

const json = { 'content-type': 'application/json' }
const BROKEN = { status: 500, statusText: 'Internal Server Error', cookies: [], body: '' }

/** Fields of a wrong type, as `[field, what it is called]`, that hallpass refuses and better-auth gives to its database. */
function checksTypes(reference, ...fields) {
  const message = fields.map(([field, type]) => `[body.${field}] Invalid input: expected string, received ${type}`).join('; ')
  return difference('update-user-checks-types', reference, { ...refusal(400, 'Bad Request', 'VALIDATION_ERROR', message), headers: json })
}

const updating = {
  'name, image, and both': async t => {
    const browser = await t.signedUp()
    for (const body of [{ name: 'Bo' }, { image: 'https://example.com/bo.png' }, { image: null }, { name: 'Cy', image: 'data:x' }, { name: 'Cy', image: null }, { name: 'Cy' }]) {
      await browser.post('/update-user', body)
      await browser.get('/get-session')
    }
    await t.stores()
  },

  'the time of the update, seen by every session of the user and by nobody else': async t => {
    const browser = await t.signedUp()
    const again = await t.signedIn()
    const other = await t.signedUp('other', { name: 'Dee' })
    await t.advance(600)
    await browser.post('/update-user', { name: 'Bo' })
    for (const each of [browser, again, other]) await each.get('/get-session')
    await t.advance(600)
    await again.post('/update-user', { name: 'Bo' })
    await browser.get('/get-session')
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
  },

  'nothing to update': async t => {
    const browser = await t.signedUp()
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

  'the address cannot be updated': async t => {
    const browser = await t.signedUp()
    for (const email of ['new@example.com', t.email(), 'x', ' ', 1, true, {}, []]) await browser.post('/update-user', { email })
    for (const email of ['', null, 0, false]) await browser.post('/update-user', { email })
    await browser.post('/update-user', { name: 'Bo', email: 'new@example.com' })
    await browser.post('/update-user', { name: 1, email: 'new@example.com' })
    await browser.get('/get-session')
    await browser.post('/update-user', { name: 'Bo', email: '' })
    await browser.post('/update-user', { image: 'x', email: null })
    await browser.get('/get-session')
  },

  'bodies that are none': async t => {
    const browser = await t.signedUp()
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

  'text of every sort': async t => {
    const browser = await t.signedUp()
    for (const text of ['', ' ', ' Bo ', 'é', 'e\u0301', '漢字', '👩‍👩‍👧', '\u202eBo', '"\\/\b\f\n\r\t', '<script>', "'; drop table user; --", 'a'.repeat(1000)]) {
      await browser.post('/update-user', { name: text, image: text })
      await browser.get('/get-session')
    }
  },

  'no session': async t => {
    await t.post('/update-user', { name: 'Bo' })
    await t.post('/update-user', {})
    await t.post('/update-user', { name: 1 })
    await t.post('/update-user', { email: 'x' })
    await t.post('/update-user', undefined)
    await t.post('/update-user', [])
    await t.browser().post('/update-user', { name: 'Bo' })
    await t.get('/update-user')
    const { jar } = await t.signedUp()
    const token = decodeURIComponent(jar.get('better-auth.session_token')).split('.')[0]
    for (const value of ['x', token, t.sign(token, 'another secret'), t.sign('a'.repeat(32))]) {
      await t.browser().post('/update-user', { name: 'Bo' }, { headers: { cookie: `better-auth.session_token=${value}` } })
    }
    await t.browser(jar).get('/get-session')
  },

  'a session that has expired': async t => {
    const browser = await t.signedUp()
    const before = browser.jar.copy()
    await t.advance(7 * DAY + 60)
    await browser.post('/update-user', { name: 'Bo' })
    await t.stores()
    await t.browser(before).post('/update-user', {})
    const again = await t.signedIn()
    await again.get('/get-session')
  },

  'a session that has ended': async t => {
    const browser = await t.signedUp()
    const before = browser.jar.copy()
    await browser.post('/sign-out', {})
    await t.browser(before).post('/update-user', { name: 'Bo' })
  },

  'origins': async t => {
    const browser = await t.signedUp()
    for (const origin of [null, '', 'https://evil.example']) await browser.post('/update-user', { name: 'Bo' }, { headers: { origin }, note: String(origin) })
    await browser.post('/update-user', { name: 'Bo' }, { headers: { origin: 'null', 'sec-fetch-site': 'cross-site' }, note: 'opaque' })
    await browser.post('/update-user', { name: 1 }, { headers: { origin: 'https://evil.example' } })
    await browser.post('/update-user', { name: 'Bo', callbackURL: 'https://evil.example' })
    await browser.get('/get-session')
    await browser.post('/update-user', { name: 'Bo', callbackURL: '/home' })
    await browser.get('/get-session')
  },

  'a session not to be remembered': async t => {
    const browser = await t.signedUp('user', { rememberMe: false })
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

  'cookies that say whether to remember, and do not fit': async t => {
    const lost = await t.signedUp('user', { rememberMe: false })
    lost.jar.delete('better-auth.dont_remember')
    await lost.post('/update-user', { name: 'Bo' })
    const added = await t.signedIn()
    added.jar.set('better-auth.dont_remember', t.sign('true', 'another secret'))
    await added.post('/update-user', { name: 'Bo' })
    added.jar.set('better-auth.dont_remember', 'true')
    await added.post('/update-user', { name: 'Bo' })
    added.jar.set('better-auth.dont_remember', t.sign('true'))
    await added.post('/update-user', { name: 'Bo' })
    await added.get('/get-session')
  },

  'cookies of cached data that nobody asked for': async t => {
    const browser = await t.signedUp()
    browser.jar.set('better-auth.session_data', 'x').set('better-auth.session_data.0', 'y')
    await browser.post('/update-user', { name: 'Bo' })
  },

  'a session that is due for refresh': async t => {
    const browser = await t.signedUp()
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

  'due for refresh, not to be remembered': async t => {
    const browser = await t.signedUp()
    browser.jar.set('better-auth.dont_remember', t.sign('true'))
    await t.advance(2 * DAY)
    await browser.post('/update-user', { name: 'Bo' })
    await browser.get('/get-session')
  },

  'a name of a wrong type': async t => {
    const browser = await t.signedUp()
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

  'an image of a wrong type': async t => {
    const browser = await t.signedUp()
    for (const value of [0, 1.5]) await browser.post('/update-user', { image: value }, { differs: checksTypes(UPDATED, ['image', 'number']) })
    for (const value of [false, true]) await browser.post('/update-user', { image: value }, { differs: checksTypes(UPDATED, ['image', 'boolean']) })
    await browser.post('/update-user', { image: null })
    for (const value of [[], ['x']]) await browser.post('/update-user', { image: value }, { differs: checksTypes(BROKEN, ['image', 'array']) })
    for (const value of [{}, { a: 1 }]) await browser.post('/update-user', { image: value }, { differs: checksTypes(BROKEN, ['image', 'object']) })
    await browser.post('/update-user', { name: 1, image: {} }, { differs: checksTypes(BROKEN, ['name', 'number'], ['image', 'object']) })
    await browser.post('/update-user', { image: {}, name: null }, { differs: checksTypes(BROKEN, ['name', 'null'], ['image', 'object']) })
    await browser.get('/get-session')
  },

  'the official client': async t => {
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

export default [{ options: DEFAULTS, scenarios: updating }]
