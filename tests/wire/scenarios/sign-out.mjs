import { DEFAULTS, newUser } from '../harness/options.mjs'

export default [
  {
    options: DEFAULTS,
    scenarios: {
      'signing out ends the session': async t => {
        const browser = await t.signedUp()
        const before = browser.jar.copy()
        await browser.post('/sign-out', {})
        await browser.get('/get-session')
        await t.browser(before).get('/get-session')
        await t.stores()
        await t.browser(before.copy()).post('/sign-out', {})
      },

      'signing out of a session not to be remembered': async t => {
        const browser = await t.signedUp('user', { rememberMe: false })
        await browser.post('/sign-out', {})
        await browser.get('/get-session')
      },

      'only the session of the cookie ends': async t => {
        const one = t.browser()
        const other = t.browser()
        await one.post('/sign-up/email', newUser(t.email()))
        await other.post('/sign-in/email', { email: t.email(), password: newUser('').password })
        await one.post('/sign-out', {})
        await one.get('/get-session')
        await other.get('/get-session')
        await t.stores()
      },

      'without a session it succeeds too': async t => {
        await t.post('/sign-out', {})
        await t.post('/sign-out', undefined)
        await t.browser().post('/sign-out', undefined)
        await t.browser().post('/sign-out', {}, { headers: { cookie: 'a=b' } })
      },

      'a forged cookie ends nothing': async t => {
        const browser = t.browser()
        const { json } = await browser.post('/sign-up/email', newUser(t.email()))
        for (const value of [json.token, `${json.token}.x`, t.sign(json.token, 'another secret'), `${json.token}.${'A'.repeat(43)}%3D`]) {
          await t.browser().post('/sign-out', {}, { headers: { cookie: `better-auth.session_token=${value}` } })
        }
        await browser.get('/get-session')
        await t.stores()
      },

      'an unknown token that is well signed': async t => {
        await t.browser().post('/sign-out', {}, { headers: { cookie: `better-auth.session_token=${t.sign('a'.repeat(32))}` } })
        await t.browser().post('/sign-out', {}, { headers: { cookie: `better-auth.session_token=${t.sign('x')}` } })
      },

      'cookies of cached session data are cleared, chunks too': async t => {
        const browser = await t.signedUp()
        browser.jar.set('better-auth.session_data', 'x').set('better-auth.session_data.0', 'y').set('better-auth.session_data.1', 'z').set('better-auth.account_data', 'a').set('better-auth.state', 'b')
        await browser.post('/sign-out', {})
      },

      'what a body can hold': async t => {
        for (const body of [{ callbackURL: '/bye' }, { callbackURL: 'http://localhost:3000/bye' }, { callbackURL: 'https://evil.example' }, { disableRedirect: true }, { state: 'x' }, { x: 1 }, { callbackURL: '//evil.example' }]) {
          await t.post('/sign-out', body)
        }
      },
    },
  },
]
