import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

export default [
  {
    options: DEFAULTS,
    scenarios: {
      'the right password': async t => {
        const browser = t.browser()
        await t.post('/sign-up/email', newUser(t.email(), { image: 'https://example.com/a.png' }))
        await browser.post('/sign-in/email', { email: t.email(), password: PASSWORD })
        await browser.get('/get-session')
        await t.stores()
      },

      'an unknown user and a wrong password look alike': async t => {
        await t.post('/sign-up/email', newUser(t.email()))
        for (const password of ['wrong password', '', PASSWORD.toUpperCase(), ` ${PASSWORD}`, `${PASSWORD} `]) {
          await t.post('/sign-in/email', { email: t.email(), password })
          await t.post('/sign-in/email', { email: t.email('nobody'), password })
        }
        await t.stores()
      },

      'an address that is none': async t => {
        await t.post('/sign-in/email', { email: 'bad', password: PASSWORD })
        await t.post('/sign-in/email', { email: '', password: PASSWORD })
        await t.post('/sign-in/email', { email: 'bad', password: 'x'.repeat(200) })
        await t.post('/sign-in/email', { email: ` ${t.email()}`, password: PASSWORD })
      },

      'rememberMe': async t => {
        const browser = t.browser()
        await t.post('/sign-up/email', newUser(t.email()))
        for (const rememberMe of [true, false, undefined, false, true]) {
          await browser.post('/sign-in/email', { email: t.email(), password: PASSWORD, rememberMe })
          await browser.get('/get-session')
        }
      },

      'a callbackURL is given back and as location': async t => {
        await t.post('/sign-up/email', newUser(t.email()))
        for (const callbackURL of ['/', '/home', '/home?a=b#c', 'http://localhost:3000/x', '', '/%20', '/a%c3%a9b', '/"<>`']) {
          await t.post('/sign-in/email', { email: t.email(), password: PASSWORD, callbackURL })
        }
      },

      'a callbackURL with characters that a header cannot hold': async t => {
        await t.post('/sign-up/email', newUser(t.email()))
        for (const [callbackURL, sent, encoded] of [['/é', '/é', '/%C3%A9'], ['/a b', '/a b', '/a%20b']]) {
          const differs = { name: 'location-percent-encoded', reference: { headers: { location: sent } }, hallpass: { headers: { location: encoded } } }
          await t.post('/sign-in/email', { email: t.email(), password: PASSWORD, callbackURL }, { differs })
        }
        const user = { name: 'Ann', email: t.email(), emailVerified: false, image: null, createdAt: '<start+0s>', updatedAt: '<start+0s>', id: '<id#1>' }
        await t.post('/sign-in/email', { email: t.email(), password: PASSWORD, callbackURL: '/👍' }, {
          differs: {
            name: 'location-percent-encoded',
            reference: { status: 500, statusText: 'Internal Server Error', cookies: [], body: '' },
            hallpass: {
              status: 200,
              statusText: 'OK',
              headers: { 'content-type': 'application/json', location: '/%F0%9F%91%8D' },
              cookies: ['better-auth.session_token=<signed><token#4>; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax'],
              body: JSON.stringify({ redirect: true, token: '<token#4>', url: '/👍', user }),
            },
          },
        })
      },

      'signing in again makes another session': async t => {
        const browser = await t.signedUp()
        const first = browser.jar.copy()
        await browser.post('/sign-in/email', { email: t.email(), password: PASSWORD })
        await browser.get('/get-session')
        const name = 'sign-in-replaces-session'
        const session = `{"expiresAt":"<start+604800s>","token":"<token#1>","createdAt":"<start+0s>","updatedAt":"<start+0s>","ipAddress":"203.0.113.9","userAgent":"wire/1","userId":"<id#1>","id":"<id#3>"}`
        const user = `{"name":"Ann","email":"${t.email()}","emailVerified":false,"image":null,"createdAt":"<start+0s>","updatedAt":"<start+0s>","id":"<id#1>"}`
        const cleared = ['session_token', 'session_data', 'dont_remember'].map(key => `better-auth.${key}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`)
        const differs = { name, reference: { cookies: [], body: `{"session":${session},"user":${user}}` }, hallpass: { cookies: cleared, body: 'null' } }
        await t.browser(first).get('/get-session', { differs })
        await t.stores({ name, reference: { body: '{"user":1,"session":2,"account":1,"verification":0}' }, hallpass: { body: '{"user":1,"session":1,"account":1,"verification":0}' } })
      },

      'a failed sign-in leaves the session that was': async t => {
        const browser = await t.signedUp()
        await browser.post('/sign-in/email', { email: t.email(), password: 'wrong password' })
        await browser.get('/get-session')
        await t.stores()
      },

      'cookies of no meaning do no harm': async t => {
        const origin = { origin: t.origin }
        await t.post('/sign-up/email', newUser(t.email()))
        for (const cookie of ['a=b', 'better-auth.session_token=x', 'better-auth.session_token=', 'better-auth.dont_remember=true', `better-auth.dont_remember=${t.sign('true')}`, ';;;=;', 'better-auth.session_data=x']) {
          await t.post('/sign-in/email', { email: t.email(), password: PASSWORD }, { headers: { cookie, ...origin }, note: cookie })
          await t.post('/sign-in/email', { email: t.email(), password: PASSWORD, rememberMe: false }, { headers: { cookie, ...origin }, note: cookie })
        }
      },
    },
  },
]
