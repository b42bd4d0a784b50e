import { DEFAULTS, PASSWORD } from '../harness/options.mjs'

const DAY = 86_400
const NEW = 'another good horse'
const JSON_TYPE = 'application/json'
const ROUTES = { '/verify-password': { password: PASSWORD }, '/change-password': { newPassword: NEW, currentPassword: PASSWORD } }
const change = (currentPassword = PASSWORD, newPassword = NEW, more = {}) => ({ newPassword, currentPassword, ...more })

/** Which of these passwords the user signs in with. */
async function tryAll(t, ...passwords) {
  for (const password of passwords) await t.post('/sign-in/email', { email: t.email(), password })
}

export default [
  {
    options: DEFAULTS,
    scenarios: {
      'a password verified': async t => {
        const browser = await t.signedUp()
        for (const password of [PASSWORD, 'wrong password', '', PASSWORD.toUpperCase(), ` ${PASSWORD}`, 'a'.repeat(128), 'a'.repeat(129), '👍'.repeat(65)]) await browser.post('/verify-password', { password })
        await browser.get('/get-session')
      },

      'a password changed': async t => {
        const browser = await t.signedUp('user', { image: 'https://example.com/a.png' })
        const other = await t.signedIn()
        await t.advance(60)
        await browser.post('/change-password', change())
        await browser.get('/get-session')
        await other.get('/get-session')
        await browser.get('/list-accounts')
        await tryAll(t, PASSWORD, NEW)
        await t.stores()
        await browser.post('/change-password', change(), { note: 'again' })
        await browser.post('/change-password', change(NEW, NEW), { note: 'to the same' })
        await browser.post('/change-password', change(NEW, PASSWORD), { note: 'and back' })
        await tryAll(t, NEW, PASSWORD)
      },

      'a password changed, and other sessions revoked': async t => {
        const browser = await t.signedUp()
        const other = await t.signedIn()
        const before = browser.jar.copy()
        await t.advance(60)
        await browser.post('/change-password', change(PASSWORD, NEW, { revokeOtherSessions: true }))
        await t.stores()
        await browser.get('/get-session')
        await browser.get('/list-sessions')
        await t.browser(before).get('/get-session')
        await other.get('/get-session')
        await tryAll(t, PASSWORD, NEW)
      },

      'revokeOtherSessions of false': async t => {
        const browser = await t.signedUp()
        await t.signedIn()
        await browser.post('/change-password', change(PASSWORD, NEW, { revokeOtherSessions: false }))
        await t.stores()
      },

      'other sessions revoked by one that is not to be remembered': async t => {
        const browser = await t.signedUp('user', { rememberMe: false })
        await browser.post('/change-password', change(PASSWORD, NEW, { revokeOtherSessions: true }))
        const body = seconds =>
          `{"session":{"expiresAt":"<start+${seconds}s>","token":"<token#2>","createdAt":"<start+0s>","updatedAt":"<start+0s>","ipAddress":"203.0.113.9","userAgent":"wire/1","userId":"<id#1>","id":"<id#2>"},"user":{"name":"Ann","email":"${t.email()}","emailVerified":false,"image":null,"createdAt":"<start+0s>","updatedAt":"<start+0s>","id":"<id#1>"}}`
        const differs = { name: 'unremembered-stays-short', reference: { body: body(7 * DAY) }, hallpass: { body: body(DAY) } }
        await browser.get('/get-session', { differs })
      },

      'other sessions revoked when a refresh is due': async t => {
        const browser = await t.signedUp()
        await t.advance(2 * DAY)
        await browser.post('/change-password', change(PASSWORD, NEW, { revokeOtherSessions: true }))
        await browser.get('/get-session')
        await browser.get('/list-sessions')
        await t.stores()
      },

      'other sessions revoked from another address and browser': async t => {
        const browser = await t.signedUp()
        await browser.post('/change-password', change(PASSWORD, NEW, { revokeOtherSessions: true }), { headers: { 'x-forwarded-for': '198.51.100.77', 'user-agent': 'another/2' } })
        await browser.get('/get-session')
      },

      'the cached data of a session that is replaced': async t => {
        const browser = await t.signedUp()
        browser.jar.set('better-auth.session_data', 'x').set('better-auth.session_data.0', 'y')
        await browser.post('/change-password', change())
        browser.jar.set('better-auth.session_data', 'x')
        await browser.post('/change-password', change(NEW, PASSWORD, { revokeOtherSessions: true }))
      },

      'a wrong current password changes nothing': async t => {
        const browser = await t.signedUp()
        await t.signedIn()
        for (const wrong of ['wrong password', '', 'a', NEW, PASSWORD.toUpperCase(), `${PASSWORD} `, 'a'.repeat(128)]) await browser.post('/change-password', change(wrong))
        await browser.post('/change-password', change('wrong password', NEW, { revokeOtherSessions: true }))
        await browser.get('/get-session')
        await t.stores()
        await tryAll(t, PASSWORD, NEW)
      },

      'new passwords too short and too long': async t => {
        const browser = await t.signedUp()
        for (const password of ['', 'a'.repeat(7), 'é'.repeat(7), '👍'.repeat(3), 'a'.repeat(129), '👍'.repeat(65)]) {
          await browser.post('/change-password', change(PASSWORD, password))
          await browser.post('/change-password', change('wrong password', password))
        }
        await browser.post('/change-password', change('a'.repeat(129)))
        await browser.post('/change-password', change('a'.repeat(129), 'short'))
        await tryAll(t, PASSWORD)
        let current = PASSWORD
        for (const password of ['a'.repeat(8), '👍'.repeat(4), 'a'.repeat(128), '👍'.repeat(64)]) {
          await browser.post('/change-password', change(current, password))
          current = password
        }
        await tryAll(t, current)
      },

      'one password written in two ways of Unicode': async t => {
        const browser = await t.signedUp('user', { password: 'pässword-ñ' })
        await browser.post('/verify-password', { password: 'pa\u0308ssword-n\u0303' })
        await browser.post('/change-password', change('pa\u0308ssword-n\u0303', 'oﬃce-ﬁles'))
        await browser.post('/verify-password', { password: 'office-files' })
        await tryAll(t, 'office-files', 'oﬃce-ﬁles', 'pässword-ñ')
      },

      'without a session': async t => {
        for (const [path, body] of Object.entries(ROUTES)) {
          await t.post(path, body)
          await t.browser().post(path, body)
          await t.post(path, {})
        }
        await t.post('/change-password', change(PASSWORD, 'short'))
      },

      'a forged or unknown cookie': async t => {
        const browser = await t.signedUp()
        const token = browser.sessionToken
        for (const [note, value] of [['no signature', token], ['a bad one', `${token}.x`], ['another secret', t.sign(token, 'another secret')], ['unknown', t.sign('a'.repeat(32))], ['empty', '']]) {
          for (const [path, body] of Object.entries(ROUTES)) await t.browser().post(path, body, { note, headers: { cookie: `better-auth.session_token=${value}` } })
        }
        await tryAll(t, PASSWORD, NEW)
      },

      'an expired session': async t => {
        for (const [i, [path, body]] of Object.entries(ROUTES).entries()) {
          const browser = await t.signedUp(`user${i}`)
          await t.advance(7 * DAY + 60)
          await browser.post(path, body)
          await t.stores()
        }
      },

      'a session that was ended': async t => {
        const browser = await t.signedUp()
        const before = browser.jar.copy()
        await browser.post('/sign-out', {})
        for (const [path, body] of Object.entries(ROUTES)) await t.browser(before.copy()).post(path, body)
        await tryAll(t, PASSWORD, NEW)
      },

      'old sessions may, and are refreshed': async t => {
        const browser = await t.signedUp()
        await t.advance(DAY - 60)
        await browser.post('/verify-password', { password: PASSWORD })
        await t.advance(60)
        await browser.post('/change-password', change('wrong password'))
        await browser.get('/get-session')
        await t.advance(2 * DAY)
        await browser.post('/change-password', change(PASSWORD, 'short'))
        await t.advance(2 * DAY)
        await browser.post('/verify-password', { password: 'wrong password' })
        await t.advance(2 * DAY)
        await browser.post('/change-password', change())
        await browser.get('/get-session')
      },

      'disableRefresh in the query': async t => {
        const browser = await t.signedUp()
        await t.advance(2 * DAY)
        await browser.post('/change-password?disableRefresh=true', change())
        await browser.post('/change-password?disableRefresh=false', change(NEW, PASSWORD))
        await browser.post('/change-password', change())
      },

      'types of fields': async t => {
        const browser = await t.signedUp()
        for (const value of [undefined, null, 0, true, [], {}]) {
          await browser.post('/change-password', { newPassword: value, currentPassword: PASSWORD })
          await browser.post('/change-password', { newPassword: NEW, currentPassword: value })
          await browser.post('/verify-password', { password: value })
        }
        for (const revokeOtherSessions of [null, 0, 1, 'true', '', [], {}]) await browser.post('/change-password', change(PASSWORD, NEW, { revokeOtherSessions }))
        await browser.post('/change-password', {})
        await browser.post('/change-password', { newPassword: 1, currentPassword: 2, revokeOtherSessions: 3 })
        await browser.post('/change-password', change(PASSWORD, NEW, { userId: 'x', email: 'x', token: 'x' }), { note: 'and more fields' })
      },

      'bodies that are no object, or no JSON': async t => {
        const browser = await t.signedUp()
        for (const path of Object.keys(ROUTES)) {
          for (const [body, type] of [
            [undefined, undefined], [undefined, JSON_TYPE], ['', JSON_TYPE], ['{bad', JSON_TYPE], ['null', JSON_TYPE], ['[]', JSON_TYPE], ['"x"', JSON_TYPE], ['1', JSON_TYPE], ['{"password":"x"}', 'text/plain'], ['{"password":"x"}', undefined], ['password=x&newPassword=x&currentPassword=x', 'application/x-www-form-urlencoded'],
          ]) {
            await browser.post(path, undefined, { body, type, note: type })
            await t.post(path, undefined, { body, type, note: `${type}, signed out` })
          }
        }
      },

      'other methods': async t => {
        const browser = await t.signedUp()
        for (const [path, body] of Object.entries(ROUTES)) {
          for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) await browser.request(method, t.base + path)
          await browser.post(`${path}/`, body)
        }
        await browser.post('/set-password', { newPassword: NEW })
      },

      'the Origin': async t => {
        const browser = await t.signedUp()
        for (const [path, body] of Object.entries(ROUTES)) {
          for (const headers of [{ origin: null }, { origin: 'null', 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, { origin: null, referer: 'https://evil.example/x' }]) {
            await browser.post(path, body, { headers, note: JSON.stringify(headers) })
          }
          await browser.post(path, {}, { headers: { origin: 'https://evil.example' }, note: 'evil, and invalid' })
        }
        await tryAll(t, PASSWORD)
        await browser.post('/change-password', change(), { headers: { origin: null, referer: `${t.origin}/x` }, note: 'Referer' })
      },

      'a target in the body is judged': async t => {
        const browser = await t.signedUp()
        await browser.post('/change-password', change(PASSWORD, NEW, { callbackURL: 'https://evil.example' }))
        await browser.post('/verify-password', { password: PASSWORD, callbackURL: 'https://evil.example' })
        await browser.post('/change-password', change(PASSWORD, NEW, { callbackURL: '/home' }))
      },

      'the official client': async t => {
        const { call } = t.client()
        await call('changePassword, signed out', client => client.changePassword(change()))
        await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
        await call('changePassword, wrong', client => client.changePassword(change('wrong password')))
        await call('changePassword, too short', client => client.changePassword(change(PASSWORD, 'short')))
        await call('changePassword, fields missing', client => client.changePassword({ newPassword: NEW }))
        await call('changePassword', client => client.changePassword(change()))
        const other = await t.signedIn('user', { password: NEW })
        await call('changePassword, revokeOtherSessions', client => client.changePassword(change(NEW, PASSWORD, { revokeOtherSessions: true })))
        await call('getSession', client => client.getSession())
        await other.get('/get-session')
        await call('verifyPassword', client => client.$fetch('/verify-password', { method: 'POST', body: { password: PASSWORD } }))
      },
    },
  },
  {
    options: { ...DEFAULTS, emailAndPassword: { enabled: true, minPasswordLength: 4, maxPasswordLength: 24 } },
    scenarios: {
      'lengths of one’s own': async t => {
        const browser = await t.signedUp()
        let current = PASSWORD
        for (const length of [3, 25, 4, 24]) {
          const password = 'a'.repeat(length)
          const { status } = await browser.post('/change-password', change(current, password))
          if (status === 200) current = password
          await browser.post('/verify-password', { password })
        }
      },
    },
  },
  {
    options: { ...DEFAULTS, emailAndPassword: { enabled: false } },
    scenarios: {
      'where there are no passwords': async t => {
        for (const [path, body] of Object.entries(ROUTES)) {
          await t.post(path, body)
          await t.post(path, {})
        }
      },
    },
  },
  {
    options: { ...DEFAULTS, session: { updateAge: 0 } },
    scenarios: {
      'refreshed at each request': async t => {
        const browser = await t.signedUp()
        await t.advance(60)
        await browser.post('/verify-password', { password: PASSWORD })
        await t.advance(60)
        await browser.post('/change-password', change())
        await t.advance(60)
        await browser.post('/change-password', change(NEW, PASSWORD, { revokeOtherSessions: true }))
      },
    },
  },
  {
    options: { ...DEFAULTS, rateLimit: { enabled: true } },
    scenarios: {
      'three changes in ten seconds': async t => {
        const from = { headers: { 'x-forwarded-for': '198.51.100.1' } }
        for (let i = 0; i < 4; i++) await t.post('/change-password', {}, from)
        await t.post('/change-password', change(), from)
        await t.post('/change-password', {}, { headers: { 'x-forwarded-for': '198.51.100.2' } })
        await t.post('/sign-out', {}, from)
        await t.advance(10)
        await t.post('/change-password', change(), from)
      },
      'a guesser with a session': async t => {
        const browser = await t.signedUp()
        for (let i = 0; i < 4; i++) await browser.post('/change-password', change(`wrong password ${i}`))
        await browser.post('/change-password', change())
        await t.advance(10)
        await browser.post('/change-password', change())
      },
      'verifying': async t => {
        const differs = {
          name: 'password-guesses-limited',
          reference: { status: 400, statusText: 'Bad Request', headers: { 'x-retry-after': undefined }, body: '{"message":"[body.password] Invalid input: expected string, received undefined","code":"VALIDATION_ERROR"}' },
          hallpass: { status: 429, statusText: 'Too Many Requests', headers: { 'x-retry-after': '10' }, body: '{"message":"Too many requests. Please try again later."}' },
        }
        for (let i = 0; i < 5; i++) {
          await t.post('/verify-password', {}, { headers: { 'x-forwarded-for': '198.51.100.3' }, differs: i < 3 ? undefined : differs })
        }
      },
    },
  },
]
