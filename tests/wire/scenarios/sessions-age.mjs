import { DEFAULTS } from '../harness/options.mjs'
import { handles, session } from '../harness/session-list.mjs'

const DAY = 86_400
const POSTS = ['/revoke-session', '/revoke-sessions', '/revoke-other-sessions']
const withSession = session => ({ ...DEFAULTS, session })

/** How old a session may be that lists or revokes, and which of these requests refresh it. */
export default [
  {
    options: DEFAULTS,
    scenarios: {
      'not to be remembered': async t => {
        const browser = await t.signedUp('user', { rememberMe: false })
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
        const browser = await t.signedUp()
        await t.advance(DAY - 60)
        await browser.get('/list-sessions')
        await t.advance(60)
        await browser.get('/list-sessions')
        await browser.get('/list-sessions')
        await t.advance(DAY)
        await browser.get('/list-sessions?disableRefresh=true')
        await browser.get('/list-sessions')
        await browser.get('/get-session')
        const again = await t.signedIn()
        await again.get('/list-sessions', { differs: handles(2, [session(1, 2, { updated: 2 * DAY }), session(2, 3, { created: 2 * DAY })]) })
      },

      'revoking is for sessions of any age, and refreshes': async t => {
        for (const [i, path] of POSTS.entries()) {
          const browser = await t.signedUp(`user${i}`)
          await t.advance(DAY - 60)
          await browser.post(path, { token: 'x' }, { headers: { cookie: path === '/revoke-sessions' ? 'a=b' : browser.jar.header() } })
          await t.advance(60)
          await browser.post(path, { token: 'x' })
          await browser.get('/get-session')
        }
      },

      'the own session is refreshed and then revoked': async t => {
        const browser = await t.signedUp()
        await t.advance(2 * DAY)
        await browser.post('/revoke-session', { token: browser.sessionToken })
        await t.stores()
      },

      'what is invalid does not refresh': async t => {
        const browser = await t.signedUp()
        await t.advance(2 * DAY)
        await browser.post('/revoke-session', { token: 1 })
        await browser.post('/revoke-session', undefined, { body: '{bad', type: 'application/json' })
        await browser.post('/revoke-sessions', {}, { headers: { origin: 'https://evil.example' } })
        await browser.get('/get-session?disableRefresh=true')
      },

      'disableRefresh in the query': async t => {
        for (const [i, query] of ['disableRefresh=true', 'disableRefresh=false', 'disableRefresh=', 'disableRefresh=a&disableRefresh=b', 'disableCookieCache=true'].entries()) {
          const browser = await t.signedUp(`user${i}`)
          await t.advance(2 * DAY)
          await browser.post(`/revoke-session?${query}`, { token: 'x' })
          await browser.get(`/list-sessions?${query}`)
        }
      },
    },
  },
  {
    options: withSession({ freshAge: 600 }),
    scenarios: {
      'fresh for ten minutes': async t => {
        const browser = await t.signedUp()
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
        const browser = await t.signedUp()
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
        const browser = await t.signedUp()
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
        const browser = await t.signedUp()
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
        const browser = await t.signedUp()
        await t.advance(2 * DAY)
        await browser.get('/list-sessions')
        await browser.post('/revoke-session', { token: 'x' })
        await browser.get('/list-sessions')
      },
      'expired, on a GET that must not write': async t => {
        const browser = await t.signedUp()
        await t.advance(8 * DAY)
        const expired = browser.jar.copy()
        await browser.get('/list-sessions')
        await t.stores()
        await t.browser(expired).post('/revoke-sessions', {})
        await t.stores()
      },
    },
  },
]
