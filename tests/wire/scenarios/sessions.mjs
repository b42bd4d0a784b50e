import { DEFAULTS, PASSWORD } from '../harness/options.mjs'
import { handles, session } from '../harness/session-list.mjs'

const DAY = 86_400
const WEEK = 7 * DAY
const POSTS = ['/revoke-session', '/revoke-sessions', '/revoke-other-sessions']
const JSON_TYPE = 'application/json'

export default [
  {
    options: DEFAULTS,
    scenarios: {
      'the only session is listed with its token': async t => {
        const browser = await t.signedUp()
        await browser.get('/list-sessions')
        await browser.get('/list-sessions?disableRefresh=true&x=y')
        await browser.get('/list-sessions', { headers: { origin: 'https://evil.example' } })
        await browser.get('/list-sessions', { body: '{bad', type: 'text/plain' })
      },

      'each of several sessions sees the others': async t => {
        const one = await t.signedUp()
        const two = await t.signedIn()
        const three = await t.signedIn()
        const all = [session(1, 2), session(2, 3), session(3, 4)]
        await one.get('/list-sessions', { differs: handles(1, all) })
        await two.get('/list-sessions', { differs: handles(2, all, [2, 3]) })
        await three.get('/list-sessions', { differs: handles(3, all, [2, 3, 1]) })
        await one.get('/list-sessions', { differs: handles(1, all, [2, 3, 1]) })
      },

      'sessions of other users are not listed': async t => {
        const ann = await t.signedUp()
        const bob = await t.signedUp('bob')
        await ann.get('/list-sessions')
        await bob.get('/list-sessions')
      },

      'a session that ended or expired is not listed': async t => {
        const one = await t.signedUp()
        const two = await t.signedIn()
        await t.signedIn('user', { rememberMe: false })
        await two.post('/sign-out', {})
        await one.get('/list-sessions', { differs: handles(1, [session(1, 2), session(3, 3, { expires: DAY })]) })
        await t.advance(DAY + 60)
        const four = await t.signedIn()
        await t.stores()
        await four.get('/list-sessions', { differs: handles(4, [session(1, 2), session(4, 4, { created: DAY + 60 })], [3]) })
      },

      'without a session': async t => {
        await t.get('/list-sessions')
        await t.browser().get('/list-sessions')
        for (const path of POSTS) {
          await t.post(path, { token: 'x' })
          await t.browser().post(path, { token: 'x' })
        }
      },

      'a forged or unknown cookie': async t => {
        const browser = await t.signedUp()
        const token = browser.sessionToken
        for (const [note, value] of [['no signature', token], ['a bad one', `${token}.x`], ['another secret', t.sign(token, 'another secret')], ['unknown', t.sign('a'.repeat(32))], ['empty', '']]) {
          const options = { note, headers: { cookie: `better-auth.session_token=${value}` } }
          await t.browser().get('/list-sessions', options)
          for (const path of POSTS) await t.browser().post(path, { token }, options)
        }
        await browser.get('/get-session')
        await t.stores()
      },

      'a cookie that was signed for something else': async t => {
        const browser = await t.signedUp()
        await t.get('/list-sessions', { headers: { cookie: `better-auth.dont_remember=${browser.jar.get('better-auth.session_token')}` } })
      },

      'an expired session': async t => {
        for (const [i, path] of ['/list-sessions', ...POSTS].entries()) {
          const browser = await t.signedUp(`user${i}`)
          await t.advance(WEEK + 60)
          if (path === '/list-sessions') await browser.get(path)
          else await browser.post(path, { token: 'x' })
          await t.stores()
        }
      },

      'a session that another revoked': async t => {
        const one = await t.signedUp()
        const two = await t.signedIn()
        const { json } = await one.get('/list-sessions', { differs: handles(1, [session(1, 2), session(2, 3)]) })
        await one.post('/revoke-session', { token: json[1].token })
        await t.stores()
        await one.get('/list-sessions')
        const before = two.jar.copy()
        await two.get('/list-sessions')
        for (const path of POSTS) await t.browser(before.copy()).post(path, { token: one.sessionToken })
        await t.browser(before).get('/get-session')
        await one.get('/get-session')
        await one.post('/revoke-session', { token: json[1].token }, { note: 'again' })
        await t.stores()
      },

      'another session revoked by its token': async t => {
        const one = await t.signedUp()
        const two = await t.signedIn()
        await one.post('/revoke-session', { token: two.sessionToken })
        await two.get('/get-session')
        await one.get('/list-sessions')
        await t.stores()
      },

      'the own session revoked by its token': async t => {
        const one = await t.signedUp()
        const two = await t.signedIn()
        const before = one.jar.copy()
        await one.post('/revoke-session', { token: one.sessionToken })
        await one.get('/get-session')
        await t.browser(before).get('/get-session')
        await two.get('/list-sessions')
        await t.stores()
      },

      'the own session revoked as another one lists it': async t => {
        const one = await t.signedUp()
        const two = await t.signedIn()
        const { json } = await two.get('/list-sessions', { differs: handles(2, [session(1, 2), session(2, 3)]) })
        const before = one.jar.copy()
        await one.post('/revoke-session', { token: json[0].token })
        await one.get('/get-session')
        await t.browser(before).get('/get-session')
        await t.stores()
      },

      'a session of another user stays': async t => {
        const ann = await t.signedUp()
        const bob = await t.signedUp('bob')
        await t.signedIn('bob')
        const { json } = await bob.get('/list-sessions', {
          differs: {
            name: 'other-sessions-by-handle',
            reference: { body: handles(2, [session(2, 3), session(3, 4)]).reference.body.replaceAll('<id#1>', '<id#2>') },
            hallpass: { body: handles(2, [session(2, 3), session(3, 4)]).hallpass.body.replaceAll('<id#1>', '<id#2>') },
          },
        })
        for (const { token } of json) await ann.post('/revoke-session', { token })
        await ann.post('/revoke-session', { token: bob.sessionToken })
        await bob.get('/get-session')
        await ann.post('/revoke-other-sessions', {})
        await ann.post('/revoke-sessions', {})
        await bob.get('/get-session')
        await t.stores()
      },

      'an unknown token': async t => {
        const browser = await t.signedUp()
        const token = browser.sessionToken
        for (const unknown of ['', ' ', 'x', 'a'.repeat(32), 'a'.repeat(5000), 'sha256:', `sha256:${'a'.repeat(43)}`, `sha256:${'a'.repeat(42)}`, '%', '*', 'null', "' or 1=1 --", 'é', '\u0000', '👍']) {
          await browser.post('/revoke-session', { token: unknown })
        }
        for (const near of [` ${token}`, `${token} `, `${token}x`, `${token}.`, `sha256:${token}`]) await browser.post('/revoke-session', { token: near })
        await browser.get('/get-session')
        await t.stores()
      },

      'a token that is none': async t => {
        const browser = await t.signedUp()
        for (const token of [undefined, null, 0, 1, true, false, [], ['x'], {}, { $ne: '' }]) {
          await browser.post('/revoke-session', { token })
          await t.post('/revoke-session', { token })
        }
        await browser.post('/revoke-session', { Token: 'x', id: 'x' })
        await browser.post('/revoke-session', { token: 'x', more: { a: 1 } })
      },

      'bodies that are no object, or no JSON': async t => {
        const browser = await t.signedUp()
        const before = browser.jar.copy()
        for (const path of POSTS) {
          for (const [body, type] of [
            [undefined, undefined], [undefined, JSON_TYPE], ['', JSON_TYPE], ['{bad', JSON_TYPE], ['null', JSON_TYPE], ['[]', JSON_TYPE], ['"x"', JSON_TYPE], ['1', JSON_TYPE], ['{"token":"x"}', 'text/plain'], ['{"token":"x"}', undefined], ['token=x', 'application/x-www-form-urlencoded'],
          ]) {
            await t.browser(before.copy()).post(path, undefined, { body, type, note: type })
            await t.post(path, undefined, { body, type, note: `${type}, signed out` })
          }
        }
        await t.stores()
      },

      'other methods': async t => {
        const browser = await t.signedUp()
        for (const path of POSTS) for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) await browser.request(method, t.base + path)
        await browser.post('/list-sessions', {})
        for (const method of ['PUT', 'DELETE', 'PATCH']) await browser.request(method, `${t.base}/list-sessions`)
        for (const path of ['/list-sessions/', '/revoke-session/x', '/revoke-sessions/']) {
          await browser.get(path)
          await browser.post(path, {})
        }
        await browser.get('/get-session')
      },

      'the Origin of a POST': async t => {
        for (const [i, path] of POSTS.entries()) {
          const browser = await t.signedUp(`user${i}`)
          const body = { token: browser.sessionToken }
          for (const headers of [{ origin: null }, { origin: 'null', 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, { origin: null, referer: 'https://evil.example/x' }, { origin: null, 'sec-fetch-site': null, 'sec-fetch-mode': null, 'sec-fetch-dest': null }]) {
            await browser.post(path, body, { headers, note: JSON.stringify(headers) })
          }
          await browser.post(path, { token: 1 }, { headers: { origin: 'https://evil.example' }, note: 'evil, and invalid' })
          await t.stores()
          await browser.post(path, { token: 'x' }, { headers: { origin: null, referer: `${t.origin}/x` }, note: 'Referer' })
          const again = await t.signedIn(`user${i}`)
          await again.post(path, { token: again.sessionToken }, { headers: { origin: 'null' }, note: 'null, of the same origin' })
          await t.stores()
        }
      },

      'all sessions revoked': async t => {
        const one = await t.signedUp()
        const two = await t.signedIn()
        const before = one.jar.copy()
        await one.post('/revoke-sessions', {})
        await t.stores()
        for (const browser of [one, t.browser(before), two]) await browser.get('/get-session')
        await t.signedIn()
        await t.stores()
      },

      'all sessions revoked, and a body that is ignored': async t => {
        const browser = await t.signedUp()
        await browser.post('/revoke-sessions', { token: 'x', callbackURL: '/x' })
        await t.stores()
      },

      'a target in the body is judged': async t => {
        const browser = await t.signedUp()
        for (const path of POSTS) await browser.post(path, { token: 'x', callbackURL: 'https://evil.example' })
        await browser.get('/get-session')
      },

      'all sessions revoked, and cookies of cached data': async t => {
        const browser = await t.signedUp('user', { rememberMe: false })
        browser.jar.set('better-auth.session_data', 'x').set('better-auth.session_data.0', 'y')
        await browser.post('/revoke-sessions', {})
      },

      'the own session revoked, and cookies of cached data': async t => {
        const browser = await t.signedUp('user', { rememberMe: false })
        browser.jar.set('better-auth.session_data', 'x').set('better-auth.session_data.0', 'y')
        await browser.post('/revoke-session', { token: browser.sessionToken })
      },

      'all other sessions revoked': async t => {
        const one = await t.signedUp()
        const two = await t.signedIn()
        const three = await t.signedIn('user', { rememberMe: false })
        await two.post('/revoke-other-sessions', {})
        await t.stores()
        for (const browser of [one, two, three]) await browser.get('/get-session')
        await two.get('/list-sessions')
        await two.post('/revoke-other-sessions', undefined)
        await two.get('/get-session')
        await t.stores()
      },

      'the official client': async t => {
        const { client, call, browser } = t.client()
        await call('listSessions, signed out', client => client.listSessions())
        await call('revokeSessions, signed out', client => client.revokeSessions())
        await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
        await call('listSessions', client => client.listSessions())
        await call('revokeSession, unknown', client => client.revokeSession({ token: 'x' }))
        await call('revokeSession, no token', client => client.revokeSession({}))
        const other = await t.signedIn()
        // Read with the client's cookies: the trace of the client's own call cannot say what differs.
        const { json } = await browser.get('/list-sessions', { differs: handles(1, [session(1, 2), session(2, 3)]) })
        await call('revokeSession', () => client.revokeSession({ token: json[1].token }))
        await other.get('/get-session')
        const another = await t.signedIn()
        await call('revokeOtherSessions', client => client.revokeOtherSessions())
        await another.get('/get-session')
        await call('listSessions', client => client.listSessions())
        await call('revokeSession, its own', () => client.revokeSession({ token: json[0].token }))
        await call('getSession', client => client.getSession())
        await call('signIn.email', client => client.signIn.email({ email: t.email(), password: PASSWORD }))
        await call('revokeSessions', client => client.revokeSessions())
        await call('getSession', client => client.getSession())
        await call('listSessions', client => client.listSessions())
      },
    },
  },
  {
    options: { ...DEFAULTS, rateLimit: { enabled: true } },
    scenarios: {
      'revoking and listing may be done often': async t => {
        for (const path of POSTS) for (let i = 0; i < 5; i++) await t.post(path, {})
        for (let i = 0; i < 5; i++) await t.get('/list-sessions')
      },
    },
  },
]
