import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

const DAY = 86_400
const WEEK = 7 * DAY
const POSTS = ['/revoke-session', '/revoke-sessions', '/revoke-other-sessions']
const JSON_TYPE = 'application/json'
const withSession = session => ({ ...DEFAULTS, session })

/** A browser signed in as a new user. */
async function signedUp(t, changes, who) {
  const browser = t.browser()
  await browser.post('/sign-up/email', newUser(t.email(who), changes))
  return browser
}

/** Another browser of the same user, with a session of its own. */
async function signedIn(t, changes, who) {
  const browser = t.browser()
  await browser.post('/sign-in/email', { email: t.email(who), password: PASSWORD, ...changes })
  return browser
}

const tokenOf = browser => decodeURIComponent(browser.jar.get('better-auth.session_token')).split('.')[0]

/** A session as it is listed: `token` and `id` are the numbers of their names; times are in seconds since the start. */
function session(token, id, { created = 0, updated = created, expires = updated + WEEK } = {}) {
  return { token, id, created, updated, expires }
}

/** The list of sessions of user 1, in which the caller's own has the token `own`; of the others hallpass names handles, in order. */
function handles(own, sessions, known = []) {
  const row = ({ id, created, updated, expires }, token) =>
    ({ expiresAt: `<start+${expires}s>`, token, createdAt: `<start+${created}s>`, updatedAt: `<start+${updated}s>`, ipAddress: '203.0.113.9', userAgent: 'wire/1', userId: '<id#1>', id: `<id#${id}>` })
  const seen = [...known]
  const handle = token => {
    if (!seen.includes(token)) seen.push(token)
    return `<handle#${seen.indexOf(token) + 1}>`
  }
  return {
    name: 'other-sessions-by-handle',
    reference: { body: JSON.stringify(sessions.map(one => row(one, `<token#${one.token}>`))) },
    hallpass: { body: JSON.stringify(sessions.map(one => row(one, one.token === own ? `<token#${own}>` : handle(one.token)))) },
  }
}

export default [
  {
    options: DEFAULTS,
    scenarios: {
      'the only session is listed with its token': async t => {
        const browser = await signedUp(t)
        await browser.get('/list-sessions')
        await browser.get('/list-sessions?disableRefresh=true&x=y')
        await browser.get('/list-sessions', { headers: { origin: 'https://evil.example' } })
        await browser.get('/list-sessions', { body: '{bad', type: 'text/plain' })
      },

      'each of several sessions sees the others': async t => {
        const one = await signedUp(t)
        const two = await signedIn(t)
        const three = await signedIn(t)
        const all = [session(1, 2), session(2, 3), session(3, 4)]
        await one.get('/list-sessions', { differs: handles(1, all) })
        await two.get('/list-sessions', { differs: handles(2, all, [2, 3]) })
        await three.get('/list-sessions', { differs: handles(3, all, [2, 3, 1]) })
        await one.get('/list-sessions', { differs: handles(1, all, [2, 3, 1]) })
      },

      'sessions of other users are not listed': async t => {
        const ann = await signedUp(t)
        const bob = await signedUp(t, {}, 'bob')
        await ann.get('/list-sessions')
        await bob.get('/list-sessions')
      },

      'a session that ended or expired is not listed': async t => {
        const one = await signedUp(t)
        const two = await signedIn(t)
        await signedIn(t, { rememberMe: false })
        await two.post('/sign-out', {})
        await one.get('/list-sessions', { differs: handles(1, [session(1, 2), session(3, 3, { expires: DAY })]) })
        await t.advance(DAY + 60)
        const four = await signedIn(t)
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
        const browser = await signedUp(t)
        const token = tokenOf(browser)
        for (const [note, value] of [['no signature', token], ['a bad one', `${token}.x`], ['another secret', t.sign(token, 'another secret')], ['unknown', t.sign('a'.repeat(32))], ['empty', '']]) {
          const options = { note, headers: { cookie: `better-auth.session_token=${value}` } }
          await t.browser().get('/list-sessions', options)
          for (const path of POSTS) await t.browser().post(path, { token }, options)
        }
        await browser.get('/get-session')
        await t.stores()
      },

      'a cookie that was signed for something else': async t => {
        const browser = await signedUp(t)
        await t.get('/list-sessions', { headers: { cookie: `better-auth.dont_remember=${browser.jar.get('better-auth.session_token')}` } })
      },

      'an expired session': async t => {
        for (const [i, path] of ['/list-sessions', ...POSTS].entries()) {
          const browser = await signedUp(t, {}, `user${i}`)
          await t.advance(WEEK + 60)
          if (path === '/list-sessions') await browser.get(path)
          else await browser.post(path, { token: 'x' })
          await t.stores()
        }
      },

      'a session that another revoked': async t => {
        const one = await signedUp(t)
        const two = await signedIn(t)
        const { json } = await one.get('/list-sessions', { differs: handles(1, [session(1, 2), session(2, 3)]) })
        await one.post('/revoke-session', { token: json[1].token })
        await t.stores()
        await one.get('/list-sessions')
        const before = two.jar.copy()
        await two.get('/list-sessions')
        for (const path of POSTS) await t.browser(before.copy()).post(path, { token: tokenOf(one) })
        await t.browser(before).get('/get-session')
        await one.get('/get-session')
        await one.post('/revoke-session', { token: json[1].token }, { note: 'again' })
        await t.stores()
      },

      'another session revoked by its token': async t => {
        const one = await signedUp(t)
        const two = await signedIn(t)
        await one.post('/revoke-session', { token: tokenOf(two) })
        await two.get('/get-session')
        await one.get('/list-sessions')
        await t.stores()
      },

      'the own session revoked by its token': async t => {
        const one = await signedUp(t)
        const two = await signedIn(t)
        const before = one.jar.copy()
        await one.post('/revoke-session', { token: tokenOf(one) })
        await one.get('/get-session')
        await t.browser(before).get('/get-session')
        await two.get('/list-sessions')
        await t.stores()
      },

      'the own session revoked as another one lists it': async t => {
        const one = await signedUp(t)
        const two = await signedIn(t)
        const { json } = await two.get('/list-sessions', { differs: handles(2, [session(1, 2), session(2, 3)]) })
        const before = one.jar.copy()
        await one.post('/revoke-session', { token: json[0].token })
        await one.get('/get-session')
        await t.browser(before).get('/get-session')
        await t.stores()
      },

      'a session of another user stays': async t => {
        const ann = await signedUp(t)
        const bob = await signedUp(t, {}, 'bob')
        await signedIn(t, {}, 'bob')
        const { json } = await bob.get('/list-sessions', {
          differs: {
            name: 'other-sessions-by-handle',
            reference: { body: handles(2, [session(2, 3), session(3, 4)]).reference.body.replaceAll('<id#1>', '<id#2>') },
            hallpass: { body: handles(2, [session(2, 3), session(3, 4)]).hallpass.body.replaceAll('<id#1>', '<id#2>') },
          },
        })
        for (const { token } of json) await ann.post('/revoke-session', { token })
        await ann.post('/revoke-session', { token: tokenOf(bob) })
        await bob.get('/get-session')
        await ann.post('/revoke-other-sessions', {})
        await ann.post('/revoke-sessions', {})
        await bob.get('/get-session')
        await t.stores()
      },

      'an unknown token': async t => {
        const browser = await signedUp(t)
        const token = tokenOf(browser)
        for (const unknown of ['', ' ', 'x', 'a'.repeat(32), 'a'.repeat(5000), 'sha256:', `sha256:${'a'.repeat(43)}`, `sha256:${'a'.repeat(42)}`, '%', '*', 'null', "' or 1=1 --", 'é', '\u0000', '👍']) {
          await browser.post('/revoke-session', { token: unknown })
        }
        for (const near of [` ${token}`, `${token} `, `${token}x`, `${token}.`, `sha256:${token}`]) await browser.post('/revoke-session', { token: near })
        await browser.get('/get-session')
        await t.stores()
      },

      'a token that is none': async t => {
        const browser = await signedUp(t)
        for (const token of [undefined, null, 0, 1, true, false, [], ['x'], {}, { $ne: '' }]) {
          await browser.post('/revoke-session', { token })
          await t.post('/revoke-session', { token })
        }
        await browser.post('/revoke-session', { Token: 'x', id: 'x' })
        await browser.post('/revoke-session', { token: 'x', more: { a: 1 } })
      },

      'bodies that are no object, or no JSON': async t => {
        const browser = await signedUp(t)
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
        const browser = await signedUp(t)
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
          const browser = await signedUp(t, {}, `user${i}`)
          const body = { token: tokenOf(browser) }
          for (const headers of [{ origin: null }, { origin: 'null', 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, { origin: null, referer: 'https://evil.example/x' }, { origin: null, 'sec-fetch-site': null, 'sec-fetch-mode': null, 'sec-fetch-dest': null }]) {
            await browser.post(path, body, { headers, note: JSON.stringify(headers) })
          }
          await browser.post(path, { token: 1 }, { headers: { origin: 'https://evil.example' }, note: 'evil, and invalid' })
          await t.stores()
          await browser.post(path, { token: 'x' }, { headers: { origin: null, referer: `${t.origin}/x` }, note: 'Referer' })
          const again = await signedIn(t, {}, `user${i}`)
          await again.post(path, { token: tokenOf(again) }, { headers: { origin: 'null' }, note: 'null, of the same origin' })
          await t.stores()
        }
      },

      'all sessions revoked': async t => {
        const one = await signedUp(t)
        const two = await signedIn(t)
        const before = one.jar.copy()
        await one.post('/revoke-sessions', {})
        await t.stores()
        for (const browser of [one, t.browser(before), two]) await browser.get('/get-session')
        await signedIn(t)
        await t.stores()
      },

      'all sessions revoked, and a body that is ignored': async t => {
        const browser = await signedUp(t)
        await browser.post('/revoke-sessions', { token: 'x', callbackURL: '/x' })
        await t.stores()
      },

      'a target in the body is judged': async t => {
        const browser = await signedUp(t)
        for (const path of POSTS) await browser.post(path, { token: 'x', callbackURL: 'https://evil.example' })
        await browser.get('/get-session')
      },

      'all sessions revoked, and cookies of cached data': async t => {
        const browser = await signedUp(t, { rememberMe: false })
        browser.jar.set('better-auth.session_data', 'x').set('better-auth.session_data.0', 'y')
        await browser.post('/revoke-sessions', {})
      },

      'the own session revoked, and cookies of cached data': async t => {
        const browser = await signedUp(t, { rememberMe: false })
        browser.jar.set('better-auth.session_data', 'x').set('better-auth.session_data.0', 'y')
        await browser.post('/revoke-session', { token: tokenOf(browser) })
      },

      'all other sessions revoked': async t => {
        const one = await signedUp(t)
        const two = await signedIn(t)
        const three = await signedIn(t, { rememberMe: false })
        await two.post('/revoke-other-sessions', {})
        await t.stores()
        for (const browser of [one, two, three]) await browser.get('/get-session')
        await two.get('/list-sessions')
        await two.post('/revoke-other-sessions', undefined)
        await two.get('/get-session')
        await t.stores()
      },

      'not to be remembered': async t => {
        const browser = await signedUp(t, { rememberMe: false })
        await browser.get('/list-sessions')
        await browser.post('/revoke-other-sessions', {})
        await t.advance(DAY - 60)
        await browser.get('/list-sessions')
        await browser.post('/revoke-session', { token: 'x' })
        await t.advance(120)
        await browser.get('/list-sessions')
        await t.stores()
      },

      'the list is for sessions younger than a day': async t => {
        const browser = await signedUp(t)
        await t.advance(DAY - 60)
        await browser.get('/list-sessions')
        await t.advance(60)
        await browser.get('/list-sessions')
        await browser.get('/list-sessions')
        await t.advance(DAY)
        await browser.get('/list-sessions?disableRefresh=true')
        await browser.get('/list-sessions')
        await browser.get('/get-session')
        const again = await signedIn(t)
        await again.get('/list-sessions', { differs: handles(2, [session(1, 2, { updated: 2 * DAY }), session(2, 3, { created: 2 * DAY })]) })
      },

      'revoking is for sessions of any age, and refreshes': async t => {
        for (const [i, path] of POSTS.entries()) {
          const browser = await signedUp(t, {}, `user${i}`)
          await t.advance(DAY - 60)
          await browser.post(path, { token: 'x' }, { headers: { cookie: path === '/revoke-sessions' ? 'a=b' : browser.jar.header() } })
          await t.advance(60)
          await browser.post(path, { token: 'x' })
          await browser.get('/get-session')
        }
      },

      'the own session is refreshed and then revoked': async t => {
        const browser = await signedUp(t)
        await t.advance(2 * DAY)
        await browser.post('/revoke-session', { token: tokenOf(browser) })
        await t.stores()
      },

      'what is invalid does not refresh': async t => {
        const browser = await signedUp(t)
        await t.advance(2 * DAY)
        await browser.post('/revoke-session', { token: 1 })
        await browser.post('/revoke-session', undefined, { body: '{bad', type: JSON_TYPE })
        await browser.post('/revoke-sessions', {}, { headers: { origin: 'https://evil.example' } })
        await browser.get('/get-session?disableRefresh=true')
      },

      'disableRefresh in the query': async t => {
        for (const [i, query] of ['disableRefresh=true', 'disableRefresh=false', 'disableRefresh=', 'disableRefresh=a&disableRefresh=b', 'disableCookieCache=true'].entries()) {
          const browser = await signedUp(t, {}, `user${i}`)
          await t.advance(2 * DAY)
          await browser.post(`/revoke-session?${query}`, { token: 'x' })
          await browser.get(`/list-sessions?${query}`)
        }
      },

      'the official client': async t => {
        const { client, call, browser } = t.client()
        await call('listSessions, signed out', client => client.listSessions())
        await call('revokeSessions, signed out', client => client.revokeSessions())
        await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
        await call('listSessions', client => client.listSessions())
        await call('revokeSession, unknown', client => client.revokeSession({ token: 'x' }))
        await call('revokeSession, no token', client => client.revokeSession({}))
        const other = await signedIn(t)
        // Read with the client's cookies: the trace of the client's own call cannot say what differs.
        const { json } = await browser.get('/list-sessions', { differs: handles(1, [session(1, 2), session(2, 3)]) })
        await call('revokeSession', () => client.revokeSession({ token: json[1].token }))
        await other.get('/get-session')
        const another = await signedIn(t)
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
    options: withSession({ freshAge: 600 }),
    scenarios: {
      'fresh for ten minutes': async t => {
        const browser = await signedUp(t)
        await t.advance(540)
        await browser.get('/list-sessions')
        await t.advance(60)
        await browser.get('/list-sessions')
        await browser.post('/revoke-other-sessions', {})
      },
    },
  },
  {
    options: withSession({ freshAge: 0 }),
    scenarios: {
      'fresh for ever': async t => {
        const browser = await signedUp(t)
        await t.advance(6 * DAY)
        await browser.get('/list-sessions')
        await t.advance(6 * DAY)
        await browser.get('/list-sessions')
      },
    },
  },
  {
    options: withSession({ updateAge: 0 }),
    scenarios: {
      'refreshed at each request': async t => {
        const browser = await signedUp(t)
        await t.advance(60)
        await browser.get('/list-sessions')
        await t.advance(60)
        await browser.post('/revoke-session', { token: 'x' })
        await t.advance(60)
        await browser.post('/revoke-other-sessions', {})
        await t.advance(60)
        await browser.post('/revoke-sessions', {})
      },
    },
  },
  {
    options: withSession({ disableSessionRefresh: true }),
    scenarios: {
      'never refreshed here either': async t => {
        const browser = await signedUp(t)
        await t.advance(3 * DAY)
        await browser.get('/list-sessions')
        await browser.post('/revoke-other-sessions', {})
      },
    },
  },
  {
    options: withSession({ deferSessionRefresh: true, freshAge: 0 }),
    scenarios: {
      'a refresh that is put off until a POST, of whichever route': async t => {
        const browser = await signedUp(t)
        await t.advance(2 * DAY)
        await browser.get('/list-sessions')
        await browser.post('/revoke-session', { token: 'x' })
        await browser.get('/list-sessions')
      },
      'expired, on a GET that must not write': async t => {
        const browser = await signedUp(t)
        await t.advance(8 * DAY)
        const expired = browser.jar.copy()
        await browser.get('/list-sessions')
        await t.stores()
        await t.browser(expired).post('/revoke-sessions', {})
        await t.stores()
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
