import { emailOTPClient } from 'better-auth/client/plugins'
import { coding, sent } from '../harness/email-otp.mjs'
import { PASSWORD, newUser } from '../harness/options.mjs'

const signIn = (from, t, otp, more = {}) => from.post('/sign-in/email-otp', { email: t.email(more.who), otp, ...more.body })

/** Where better-auth writes for known addresses alone, hallpass writes for all. */
const costsAlike = (theirs, ours) => ({
  name: 'codes-cost-alike',
  reference: { body: JSON.stringify(theirs) },
  hallpass: { body: JSON.stringify(ours) },
})
const rows = verification => ({ user: 0, session: 0, account: 0, verification })

const codes = {
  'signing in, a new user': async t => {
    const browser = t.browser()
    const otp = await sent(t, 'sign-in', 'user', browser)
    await t.stores()
    await signIn(browser, t, 'x')
    await signIn(browser, t, otp, { body: { name: 'Ann', image: 'https://example.com/a.png', role: 'admin' } })
    await browser.get('/get-session')
    await browser.get('/list-accounts')
    await t.stores()
    await signIn(t, t, otp)
  },

  'signing in, a user who is there': async t => {
    const browser = await t.signedUp()
    await signIn(t, t, await sent(t, 'sign-in'))
    await t.stores()
    await browser.get('/get-session', { note: 'of the session from before' })
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
    await signIn(t, t, await sent(t, 'sign-in'), { body: { name: 'Another' } })
    await t.stores()
  },

  'guesses': async t => {
    for (const type of ['sign-in', 'email-verification']) {
      const otp = await sent(t, type, 'user')
      if (!otp) continue
      for (const guess of ['x', '', '000', 'yyyyyy', otp, otp]) await signIn(t, t, guess)
    }
    const otp = await sent(t, 'sign-in')
    await signIn(t, t, 'x')
    await signIn(t, t, 'x')
    await signIn(t, t, otp)
  },

  'a new code is guessed at anew, and the old one is gone': async t => {
    const old = await sent(t, 'sign-in')
    await signIn(t, t, 'x')
    await signIn(t, t, 'x')
    await signIn(t, t, 'x')
    const otp = await sent(t, 'sign-in')
    await signIn(t, t, old)
    await signIn(t, t, otp)
  },

  'guesses at many codes of one address': async t => {
    const guess = (type, more) => t.post('/email-otp/check-verification-otp', { email: t.email(), type, otp: 'x' }, more)
    await t.signedUp()
    for (const type of ['sign-in', 'email-verification', 'forget-password']) {
      await sent(t, type)
      for (let i = 0; i < 3; i++) await guess(type)
    }
    await sent(t, 'sign-in')
    await guess('sign-in')
    await sent(t, 'sign-in')
    await guess('sign-in', { differs: {
      name: 'codes-bounded-by-address',
      reference: { status: 400, statusText: 'Bad Request', body: '{"message":"Invalid OTP","code":"INVALID_OTP"}' },
      hallpass: { status: 403, statusText: 'Forbidden', body: '{"message":"Too many attempts","code":"TOO_MANY_ATTEMPTS"}' },
    } })
  },

  'a code that is too old': async t => {
    const otp = await sent(t, 'sign-in')
    await t.advance(360)
    await signIn(t, t, otp)
    await signIn(t, t, otp)
    const other = await sent(t, 'sign-in')
    await t.advance(240)
    await signIn(t, t, other)
  },

  'looking at a code': async t => {
    const check = (type, otp, who) => t.post('/email-otp/check-verification-otp', { email: t.email(who), type, otp })
    const otp = await sent(t, 'sign-in')
    await check('sign-in', otp)
    await check('email-verification', otp)
    await t.signedUp()
    await check('sign-in', 'x')
    await check('sign-in', otp)
    await check('sign-in', otp)
    await check('change-email', otp)
    await signIn(t, t, otp)
    await check('sign-in', otp)
    await check('sign-in', otp, 'nobody')
  },

  'proving an address': async t => {
    const browser = await t.signedUp()
    const verify = (otp, from = t, who) => from.post('/email-otp/verify-email', { email: t.email(who), otp })
    await verify('x')
    const otp = await sent(t, 'email-verification')
    await verify('x')
    await verify(otp, browser)
    await verify(otp)
    await browser.get('/get-session')
    await verify(await sent(t, 'email-verification'))
    await t.stores()
    await verify(await sent(t, 'sign-in'))
  },

  'setting a password': async t => {
    const browser = await t.signedUp()
    const reset = (otp, password, who) => t.post('/email-otp/reset-password', { email: t.email(who), otp, password })
    await t.post('/email-otp/request-password-reset', { email: t.email() })
    let [{ otp }] = await t.outbox()
    await reset(otp, 'short')
    await reset(otp, 'x'.repeat(129))
    await reset('x', 'another password')
    await reset(otp, 'another password')
    await reset(otp, 'a third password')
    await browser.get('/get-session')
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
    await t.post('/sign-in/email', { email: t.email(), password: 'another password' })
    await t.post('/forget-password/email-otp', { email: t.email() })
    ;[{ otp }] = await t.outbox()
    await t.post('/email-otp/check-verification-otp', { email: t.email(), type: 'forget-password', otp })
    await reset(otp, 'a third password')
    await t.post('/sign-in/email', { email: t.email(), password: 'a third password' })
    await reset(await sent(t, 'forget-password'), 'a fourth password')
    await t.stores()
  },

  'setting a password, of who has none': async t => {
    await signIn(t, t, await sent(t, 'sign-in'))
    await t.post('/email-otp/reset-password', { email: t.email(), otp: await sent(t, 'forget-password'), password: PASSWORD })
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
    await t.stores()
  },

  'an unknown address': async t => {
    await sent(t, 'email-verification')
    await sent(t, 'forget-password')
    await t.post('/email-otp/request-password-reset', { email: t.email() })
    await t.outbox()
    await t.stores(costsAlike(rows(0), rows(2)))
  },

  'codes of other purposes': async t => {
    await t.signedUp()
    const all = {}
    for (const type of ['sign-in', 'email-verification', 'forget-password']) all[type] = await sent(t, type)
    await signIn(t, t, all['email-verification'])
    await signIn(t, t, all['forget-password'])
    await t.post('/email-otp/verify-email', { email: t.email(), otp: all['sign-in'] })
    await t.post('/email-otp/reset-password', { email: t.email(), otp: all['sign-in'], password: 'another password' })
    await t.post('/email-otp/verify-email', { email: t.email(), otp: all['email-verification'] })
  },

  'a code tried many times at once': async t => {
    const otp = await sent(t, 'sign-in')
    await t.together(Array.from({ length: 12 }, () => ['POST', '/sign-in/email-otp', { json: { email: t.email(), otp } }]))
    await t.stores()
  },

  bodies: async t => {
    const email = t.email()
    const bodies = {
      '/email-otp/send-verification-otp': [{}, { email }, { email, type: 'sign-out' }, { email, type: 1 }, { email: 1, type: 'sign-in' }, { email: 'bad', type: 'sign-in' }, { email, type: 'change-email' }, []],
      '/email-otp/check-verification-otp': [{}, { email, type: 'x', otp: 'x' }, { email: 'bad', type: 'sign-in', otp: 'x' }, { email, type: 'sign-in', otp: 1 }],
      '/email-otp/verify-email': [{}, { email: 'bad', otp: 'x' }, { email, otp: 1 }, 'text'],
      '/sign-in/email-otp': [{}, { email: 'bad', otp: 'x' }, { email, otp: 1 }, { email, otp: 'x', name: 1 }, { email, otp: 'x', image: null }, [], 1],
      '/email-otp/request-password-reset': [{}, { email: 'bad' }, { email: 1 }],
      '/forget-password/email-otp': [{}, { email: 'bad' }],
      '/email-otp/reset-password': [{}, { email: 'bad', otp: 'x', password: PASSWORD }, { email, otp: 'x', password: 1 }, { email, otp: 'x', password: 'short' }],
      '/email-otp/request-email-change': [{}, { newEmail: 1 }],
      '/email-otp/change-email': [{}, { newEmail: 'bad' }],
    }
    for (const [path, given] of Object.entries(bodies)) for (const body of given) await t.post(path, body)
    await t.get('/email-otp/send-verification-otp')
    await t.outbox()
  },

  'an address in capitals': async t => {
    await t.post('/email-otp/send-verification-otp', { email: t.email().toUpperCase(), type: 'sign-in' })
    const [{ otp }] = await t.outbox()
    await t.post('/sign-in/email-otp', { email: t.email().toUpperCase(), otp })
  },

  'from other origins': async t => {
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    await t.post('/email-otp/send-verification-otp', { email: t.email(), type: 'sign-in' }, { headers: foreign })
    const refused = { status: 403, statusText: 'Forbidden', body: '{"message":"Cross-site navigation login blocked. This request appears to be a CSRF attack.","code":"CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"}' }
    const differs = reference => ({ name: 'mail-requests-need-an-origin', reference, hallpass: refused })
    const wrong = differs({ status: 400, statusText: 'Bad Request', body: '{"message":"Invalid OTP","code":"INVALID_OTP"}' })
    const done = differs({ status: 200, statusText: 'OK', body: '{"success":true}' })
    await t.post('/sign-in/email-otp', { email: t.email(), otp: 'x' }, { headers: foreign, differs: wrong })
    await t.post('/email-otp/verify-email', { email: t.email(), otp: 'x' }, { headers: foreign, differs: wrong })
    await t.post('/email-otp/request-password-reset', { email: t.email() }, { headers: foreign, differs: done })
    await t.post('/forget-password/email-otp', { email: t.email() }, { headers: foreign, differs: done })
    await t.outbox()
  },

  'the official client': async t => {
    const { client, call } = t.client({ plugins: [emailOTPClient()] })
    const email = t.email()
    await call('emailOtp.sendVerificationOtp', () => client.emailOtp.sendVerificationOtp({ email, type: 'sign-in' }))
    let [{ otp }] = await t.outbox()
    await call('signIn.emailOtp, wrong', () => client.signIn.emailOtp({ email, otp: 'x' }))
    await call('signIn.emailOtp', () => client.signIn.emailOtp({ email, otp, name: 'Ann' }))
    await call('getSession', () => client.getSession())
    await call('emailOtp.requestPasswordReset', () => client.emailOtp.requestPasswordReset({ email }))
    ;[{ otp }] = await t.outbox()
    await call('emailOtp.checkVerificationOtp', () => client.emailOtp.checkVerificationOtp({ email, type: 'forget-password', otp }))
    await call('emailOtp.resetPassword', () => client.emailOtp.resetPassword({ email, otp, password: PASSWORD }))
    await call('emailOtp.verifyEmail, wrong', () => client.emailOtp.verifyEmail({ email, otp: 'x' }))
    await call('emailOtp.sendVerificationOtp, of the address', () => client.emailOtp.sendVerificationOtp({ email, type: 'email-verification' }))
    ;[{ otp }] = await t.outbox()
    await call('emailOtp.verifyEmail', () => client.emailOtp.verifyEmail({ email, otp }))
    await call('emailOtp.verifyEmail, again', () => client.emailOtp.verifyEmail({ email, otp }))
    await call('forgetPassword.emailOtp', () => client.forgetPassword.emailOtp({ email }))
    await t.outbox()
  },
}

export default [
  { options: coding(), scenarios: codes },
  {
    options: coding({}, { emailAndPassword: { enabled: true } }),
    scenarios: {
      'passwords that cannot be reset': async t => {
        const refused = { status: 400, statusText: 'Bad Request', body: '{"message":"Reset password isn\'t enabled","code":"RESET_PASSWORD_DISABLED"}' }
        const differs = reference => ({ differs: { name: 'codes-reset-where-links-do', reference, hallpass: refused } })
        const done = differs({ status: 200, statusText: 'OK', body: '{"success":true}' })
        await t.post('/email-otp/request-password-reset', { email: t.email() }, done)
        await t.post('/forget-password/email-otp', { email: t.email() }, done)
        await t.post('/email-otp/send-verification-otp', { email: t.email(), type: 'forget-password' }, done)
        const invalid = '{"message":"Invalid OTP","code":"INVALID_OTP"}'
        await t.post('/email-otp/reset-password', { email: t.email(), otp: 'x', password: PASSWORD }, { differs: { name: 'codes-reset-where-links-do', reference: { body: invalid }, hallpass: { body: refused.body } } })
      },
    },
  },
  {
    options: coding({ disableSignUp: true, otpLength: 8, expiresIn: 60, allowedAttempts: 1 }),
    scenarios: {
      'nobody new, other numbers': async t => {
        await sent(t, 'sign-in')
        await t.signedUp()
        const otp = await sent(t, 'sign-in')
        await signIn(t, t, 'x')
        await signIn(t, t, otp)
        await signIn(t, t, await sent(t, 'sign-in'))
        const old = await sent(t, 'sign-in')
        await t.advance(120)
        await signIn(t, t, old)
      },
    },
  },
  {
    options: coding({ sendVerificationOnSignUp: true }, { emailVerification: { autoSignInAfterVerification: true } }),
    scenarios: {
      'a code at sign-up, and a session by it': async t => {
        const browser = await t.signedUp()
        const [{ otp }] = await t.outbox()
        await t.post('/sign-up/email', newUser(t.email()))
        await t.post('/sign-up/email', { email: 'bad' })
        await t.outbox()
        const other = await t.signedIn()
        await other.post('/email-otp/verify-email', { email: t.email(), otp })
        await t.stores({
          name: 'sign-in-replaces-session',
          reference: { body: '{"user":1,"session":3,"account":1,"verification":0}' },
          hallpass: { body: '{"user":1,"session":2,"account":1,"verification":0}' },
        })
      },
    },
  },
  {
    options: coding({ overrideDefaultEmailVerification: true, sendVerificationOnSignUp: true }, { emailVerification: { sendOnSignUp: true } }),
    scenarios: {
      'codes in the place of links': async t => {
        await t.post('/sign-up/email', newUser(t.email()))
        const [{ otp }] = await t.outbox()
        await t.post('/send-verification-email', { email: t.email() })
        const [{ otp: newer }] = await t.outbox()
        await t.post('/email-otp/verify-email', { email: t.email(), otp })
        await t.post('/email-otp/verify-email', { email: t.email(), otp: newer })
        await t.post('/send-verification-email', { email: t.email() })
        await t.post('/send-verification-email', { email: t.email('nobody') })
        await t.outbox()
      },
    },
  },
  {
    options: coding({}, { rateLimit: { enabled: true } }),
    scenarios: {
      limits: async t => {
        for (const path of ['/email-otp/send-verification-otp', '/sign-in/email-otp', '/email-otp/check-verification-otp', '/email-otp/reset-password']) {
          for (let i = 0; i < 4; i++) await t.post(path, {})
        }
      },
    },
  },
]
