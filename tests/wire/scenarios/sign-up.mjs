import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

const withPasswords = emailAndPassword => ({ ...DEFAULTS, emailAndPassword: { enabled: true, ...emailAndPassword } })

export default [
  {
    options: DEFAULTS,
    scenarios: {
      'a new user is signed in': async t => {
        const browser = t.browser()
        await browser.post('/sign-up/email', newUser(t.email()))
        await browser.get('/get-session')
        await t.stores()
      },

      'all that a body can hold': async t => {
        await t.post('/sign-up/email', newUser(t.email(), { image: 'https://example.com/a.png', callbackURL: '/welcome', rememberMe: true }))
        await t.post('/sign-up/email', newUser(t.email('b'), { callbackURL: 'http://localhost:3000/welcome' }))
      },

      'rememberMe false lasts for the browser’s session and a day': async t => {
        const browser = t.browser()
        await browser.post('/sign-up/email', newUser(t.email(), { rememberMe: false }))
        await browser.get('/get-session')
        await t.advance(86_400 - 120)
        await browser.get('/get-session')
        await t.advance(180)
        await browser.get('/get-session')
      },

      'a taken address': async t => {
        await t.post('/sign-up/email', newUser(t.email()))
        await t.post('/sign-up/email', newUser(t.email()))
        await t.post('/sign-up/email', newUser(t.email(), { password: 'another password' }))
        await t.post('/sign-up/email', newUser(t.email(), { password: 'short' }))
        await t.stores()
      },

      'twelve at once: one user': async t => {
        await t.together(Array(12).fill(['POST', '/sign-up/email', { json: newUser(t.email()) }]))
        await t.stores()
      },

      'a refused sign-up leaves nothing': async t => {
        await t.post('/sign-up/email', newUser(t.email(), { password: 'short' }))
        await t.post('/sign-up/email', newUser('bad'))
        await t.post('/sign-up/email', newUser(t.email(), { callbackURL: 'https://evil.example' }))
        await t.stores()
      },

      'signed in as another: the new user takes over': async t => {
        const browser = t.browser()
        await browser.post('/sign-up/email', newUser(t.email('first')))
        await browser.post('/sign-up/email', newUser(t.email('second')))
        await browser.get('/get-session')
        await t.stores({ name: 'sign-in-replaces-session', reference: { body: '{"user":2,"session":2,"account":2,"verification":0}' }, hallpass: { body: '{"user":2,"session":1,"account":2,"verification":0}' } })
      },

      'a cookie of dont_remember ends with a session to be remembered': async t => {
        const browser = t.browser()
        await browser.post('/sign-up/email', newUser(t.email('first'), { rememberMe: false }))
        await browser.post('/sign-up/email', newUser(t.email('second'), { rememberMe: true }))
        await browser.post('/sign-up/email', newUser(t.email('third'), { rememberMe: false }))
        await browser.post('/sign-up/email', newUser(t.email('fourth')))
        await browser.get('/get-session')
      },

      'where the session says it is from': async t => {
        const cases = [
          { 'user-agent': null }, { 'user-agent': '' }, { 'user-agent': 'Mozilla/5.0 (é)' }, { 'x-forwarded-for': null }, { 'x-forwarded-for': '203.0.113.7' }, { 'x-forwarded-for': '203.0.113.7, 10.0.0.1' },
          { 'x-forwarded-for': 'unknown' }, { 'x-forwarded-for': '2001:DB8::1' }, { 'x-forwarded-for': '::ffff:203.0.113.8' }, { 'x-forwarded-for': '' }, { 'x-real-ip': '203.0.113.10', 'x-forwarded-for': null },
          { 'x-forwarded-for': ['203.0.113.7', '203.0.113.8'] }, { 'user-agent': ['one/1', 'two/2'] }, { 'x-forwarded-for': '203.0.113.7,' }, { 'x-forwarded-for': ' 203.0.113.7 ' }, { 'x-forwarded-for': '203.0.113.7:443' },
          { 'x-forwarded-for': '[2001:db8::1]' }, { 'x-forwarded-for': '203.0.113.007' }, { 'x-forwarded-for': '::1' }, { 'x-forwarded-for': '2001:db8:1:2:3:4:5:6' }, { 'x-forwarded-for': '203.0.113' },
        ]
        for (const [i, headers] of cases.entries()) {
          const { json } = await t.post('/sign-up/email', newUser(t.email(`user${i}`)), { headers, note: JSON.stringify(headers) })
          await t.get('/get-session', { headers: { ...headers, cookie: `better-auth.session_token=${t.sign(json.token)}` } })
        }
      },

      'an address of IPv4 in hexadecimal within IPv6': async t => {
        const headers = { 'x-forwarded-for': '::FFFF:cb00:7108' }
        const { json } = await t.post('/sign-up/email', newUser(t.email()), { headers })
        const body = ipAddress => JSON.stringify({
          session: { expiresAt: '<start+604800s>', token: '<token#1>', createdAt: '<start+0s>', updatedAt: '<start+0s>', ipAddress, userAgent: 'wire/1', userId: '<id#1>', id: '<id#2>' },
          user: { name: 'Ann', email: t.email(), emailVerified: false, image: null, createdAt: '<start+0s>', updatedAt: '<start+0s>', id: '<id#1>' },
        })
        await t.get('/get-session', {
          headers: { ...headers, cookie: `better-auth.session_token=${t.sign(json.token)}` },
          differs: { name: 'ipv4-mapped-addresses', reference: { body: body('0000:0000:0000:0000:0000:0000:0000:0000') }, hallpass: { body: body('203.0.113.8') } },
        })
      },
    },
  },
  {
    options: withPasswords({ autoSignIn: false }),
    scenarios: {
      'without autoSignIn a taken address looks like a free one': async t => {
        await t.post('/sign-up/email', newUser(t.email(), { image: 'https://example.com/a.png' }))
        await t.post('/sign-up/email', newUser(t.email(), { image: 'https://example.com/a.png' }))
        await t.post('/sign-up/email', newUser(t.email(), { name: 'Someone else', password: 'another password', rememberMe: false }))
        await t.post('/sign-up/email', newUser(t.email().toUpperCase()))
        await t.post('/sign-up/email', newUser(t.email(), { password: 'short' }))
        await t.post('/sign-up/email', newUser(t.email('b'), { rememberMe: false, callbackURL: '/x' }))
        await t.stores({ name: 'hidden-sign-ups-cost-alike', reference: { body: '{"user":2,"session":0,"account":2,"verification":0}' }, hallpass: { body: '{"user":2,"session":0,"account":2,"verification":3}' } })
        await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
        await t.post('/sign-in/email', { email: t.email(), password: 'another password' })
      },
    },
  },
  {
    options: withPasswords({ requireEmailVerification: true }),
    scenarios: {
      'an address must be verified first': async t => {
        await t.post('/sign-up/email', newUser(t.email()))
        await t.post('/sign-up/email', newUser(t.email()))
        await t.post('/sign-up/email', newUser(t.email(), { name: 'Someone else', password: 'another password' }))
        await t.stores({ name: 'hidden-sign-ups-cost-alike', reference: { body: '{"user":1,"session":0,"account":1,"verification":0}' }, hallpass: { body: '{"user":1,"session":0,"account":1,"verification":2}' } })
        await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
        await t.post('/sign-in/email', { email: t.email(), password: 'another password' })
        await t.post('/sign-in/email', { email: t.email(), password: PASSWORD, callbackURL: '/x', rememberMe: false })
        await t.post('/sign-in/email', { email: t.email('nobody'), password: PASSWORD })
        await t.outbox()
      },
    },
  },
  {
    options: withPasswords({ requireEmailVerification: true, autoSignIn: true }),
    scenarios: {
      'autoSignIn does not do without verification': async t => {
        await t.post('/sign-up/email', newUser(t.email()))
        await t.post('/sign-up/email', newUser(t.email()))
      },
    },
  },
  {
    options: withPasswords({ disableSignUp: true }),
    scenarios: {
      'sign-up can be closed': async t => {
        await t.post('/sign-up/email', newUser(t.email()))
        await t.post('/sign-up/email', {})
        await t.post('/sign-up/email', newUser(t.email(), { password: 'short' }))
        await t.post('/sign-up/email', newUser(t.email(), { callbackURL: 'https://evil.example' }))
        await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
        await t.stores()
      },
    },
  },
  ...[{ enabled: false }, undefined, { enabled: false, autoSignIn: false }].map(emailAndPassword => ({
    options: { ...DEFAULTS, emailAndPassword },
    scenarios: {
      [`e-mail and password can be off: ${JSON.stringify(emailAndPassword)}`]: async t => {
        await t.post('/sign-up/email', newUser(t.email()))
        await t.post('/sign-up/email', {})
        await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
        await t.post('/sign-in/email', { email: 'bad', password: 'x'.repeat(200) })
        await t.post('/sign-in/email', {})
        await t.post('/sign-in/email', undefined, { body: 'x', type: 'text/plain' })
        await t.post('/sign-out', {})
        await t.get('/get-session')
        await t.get('/ok')
      },
    },
  })),
]
