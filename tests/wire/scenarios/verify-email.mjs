import { follow, token } from '../harness/mail.mjs'
import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

const HOUR = 3600
const verifying = (emailVerification = {}, emailAndPassword = {}) => ({
  ...DEFAULTS,
  emailAndPassword: { enabled: true, ...emailAndPassword },
  emailVerification: { sendVerificationEmail: true, ...emailVerification },
})
const required = (emailVerification, emailAndPassword) => verifying(emailVerification, { requireEmailVerification: true, ...emailAndPassword })

const resend = (t, who, body = {}) => t.post('/send-verification-email', { email: t.email(who), ...body })

/** Asks for the mail of a user who is there and gives it. */
async function requested(t, who, body) {
  await resend(t, who, body)
  const [mail] = await t.outbox()
  return mail
}

const proving = {
  'the whole way': async t => {
    const browser = await t.signedUp()
    await t.outbox()
    const mail = await requested(t, undefined, { callbackURL: '/welcome?a=b' })
    await t.stores()
    await follow(t, mail)
    await browser.get('/get-session')
    await follow(t, mail)
    await follow(t, mail, { target: null })
    await resend(t)
    await t.outbox()
    await t.stores()
  },

  'no target': async t => {
    const browser = await t.signedUp()
    const mail = await requested(t)
    await follow(t, mail, { target: null })
    await follow(t, mail, { target: '' })
    await browser.get('/get-session')
  },

  'asking for it, signed out': async t => {
    await t.signedUp()
    for (const who of [undefined, 'unknown']) await resend(t, who)
    await t.post('/send-verification-email', { email: t.email().toUpperCase() })
    await t.outbox()
  },

  'asking for it, signed in': async t => {
    const browser = await t.signedUp()
    await t.signedUp('other')
    for (const email of [t.email(), t.email().toUpperCase(), t.email('other'), t.email('unknown')]) await browser.post('/send-verification-email', { email })
    const [mail] = await t.outbox()
    await follow(t, mail, { browser })
    await browser.post('/send-verification-email', { email: t.email() })
    await browser.post('/send-verification-email', { email: t.email('other') })
    await t.outbox()
  },

  'asking for it with a session that has expired or ended': async t => {
    const browser = await t.signedUp()
    const ended = await t.signedIn()
    const before = ended.jar.copy()
    await ended.post('/sign-out', {})
    await t.browser(before).post('/send-verification-email', { email: t.email() })
    await t.outbox()
    await t.advance(2 * 24 * HOUR)
    await browser.post('/send-verification-email', { email: t.email() })
    await t.advance(8 * 24 * HOUR)
    await browser.post('/send-verification-email', { email: t.email() })
    await browser.post('/send-verification-email', { email: t.email('unknown') })
    await t.outbox()
    await t.stores()
  },

  'bodies': async t => {
    for (const body of [undefined, null, [], 'x', {}, { email: 1 }, { email: 'x' }, { email: null }, { email: '' }]) await t.post('/send-verification-email', body)
    for (const callbackURL of [null, 1, true, [], {}]) await resend(t, undefined, { callbackURL })
    await t.post('/send-verification-email', undefined, { body: `email=${t.email()}`, type: 'application/x-www-form-urlencoded' })
    await t.get('/send-verification-email')
    await t.post('/verify-email', { token: 'x' })
    await t.outbox()
  },

  'targets of requests': async t => {
    await t.signedUp()
    for (const callbackURL of ['', '/', '/a?b=c&d#e', '/a b/é', 'http://localhost:3000/x']) {
      await resend(t, undefined, { callbackURL })
      await t.outbox()
    }
    for (const callbackURL of ['https://evil.example', '//evil.example', 'javascript:alert(1)', 'welcome']) {
      await resend(t, undefined, { callbackURL })
      await resend(t, 'unknown', { callbackURL })
    }
    await t.outbox()
  },

  'targets of links': async t => {
    await t.signedUp()
    const mail = await requested(t)
    for (const target of ['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) await follow(t, mail, { target })
    for (const bad of ['nonsense', '']) {
      for (const target of ['/x', '/x?a=%20b+c&', '/x?a#part', 'http://localhost:3000', 'http://localhost:3000/x?y', '/']) await t.get(`/verify-email?token=${bad}&callbackURL=${encodeURIComponent(target)}`)
    }
    await t.get('/verify-email?token=nonsense&callbackURL=https://evil.example')
    await t.get('/verify-email?token=nonsense')
    await t.get('/verify-email?token=')
    await t.get('/verify-email')
    await t.get('/verify-email?callbackURL=/x')
    await follow(t, mail)
  },

  'almost too late': async t => {
    await t.signedUp()
    const mail = await requested(t)
    await t.advance(HOUR - 60)
    await follow(t, mail, { target: null })
  },

  'too late': async t => {
    const browser = await t.signedUp()
    const mail = await requested(t)
    await t.advance(HOUR + 60)
    await follow(t, mail, { target: null })
    await follow(t, mail)
    await browser.get('/get-session')
  },

  'the user is gone': async t => {
    const browser = await t.signedUp()
    const mail = await requested(t)
    await browser.post('/delete-user', {})
    await follow(t, mail, { target: null })
    await follow(t, mail)
    await t.post('/sign-up/email', newUser(t.email()))
    await follow(t, mail, { target: null, note: 'another user of the address' })
    await follow(t, mail)
    await t.get('/list-accounts')
  },

  'tokens of other makings': async t => {
    const browser = await t.signedUp()
    const { json: session } = await browser.get('/get-session')
    const now = Math.floor(Date.parse(session.user.createdAt) / 1000)
    const times = { iat: now, exp: now + 600 }
    const email = t.email()
    const look = (claims, options, note, differs) => t.get(`/verify-email?token=${token(t, claims, options)}`, { note, differs })
    await look(times, {}, 'no address', {
      name: 'links-fail-as-links',
      reference: { status: 500, statusText: 'Internal Server Error', headers: { 'content-type': undefined }, body: '' },
      hallpass: { status: 401, statusText: 'Unauthorized', headers: { 'content-type': 'application/json' }, body: '{"message":"Invalid token","code":"INVALID_TOKEN"}' },
    })
    await look({ email, ...times }, { secret: 'another secret, which nobody here has' }, 'another secret')
    await look({ email, ...times }, { alg: 'none' }, 'none')
    await look({ email, ...times }, { alg: 'HS512' }, 'HS512')
    await look({ email, iat: now - 700, exp: now - 100 }, {}, 'expired')
    await look({ email, ...times, userId: 'x' }, {}, 'another user')
    await look({ email: t.email('unknown'), ...times }, {}, 'unknown address')
    await look({ email, ...times, updateTo: t.email('new') }, {}, 'a change of nobody')
    await look({ email, ...times, updateTo: t.email('new'), userId: 'x' }, {}, 'a change of somebody unknown')
    await browser.get('/get-session')
    await look({ email: email.toUpperCase(), ...times, userId: session.user.id }, {}, 'in capitals')
    await look({ email, ...times }, {}, 'without a user')
    await browser.get('/get-session')
  },

  'tokens that older versions made for a change': async t => {
    const browser = await t.signedUp()
    const { json: session } = await browser.get('/get-session')
    const now = Math.floor(Date.parse(session.user.createdAt) / 1000)
    const claims = { iat: now, exp: now + 600, email: t.email(), updateTo: t.email('new'), userId: session.user.id }
    await browser.get(`/verify-email?token=${token(t, claims)}`, { note: 'changes the address' })
    const [mail] = await t.outbox()
    await browser.get('/get-session')
    await browser.get(`/verify-email?token=${token(t, claims)}`, { note: 'again' })
    await follow(t, mail, { browser, target: null })
    await browser.get('/get-session')
  },

  'who is signed in does not matter': async t => {
    await t.signedUp()
    const other = await t.signedUp('other')
    const mail = await requested(t)
    await follow(t, mail, { browser: other, target: null })
    await other.get('/get-session')
  },

  'origins': async t => {
    await t.signedUp()
    const browser = await t.signedUp('browser')
    for (const origin of [null, '', 'https://evil.example']) await browser.post('/send-verification-email', { email: t.email('browser') }, { headers: { origin }, note: String(origin) })
    await t.post('/send-verification-email', { email: t.email() }, {
      headers: { origin: 'https://evil.example' },
      differs: {
        name: 'mail-requests-need-an-origin',
        reference: { status: 200, statusText: 'OK', body: '{"status":true}' },
        hallpass: { status: 403, statusText: 'Forbidden', body: '{"message":"Invalid origin","code":"INVALID_ORIGIN"}' },
      },
    })
    await t.get(`/verify-email?token=x`, { headers: { origin: 'https://evil.example' } })
  },

  'the official client': async t => {
    const { call } = t.client()
    await call('sendVerificationEmail, unknown', client => client.sendVerificationEmail({ email: t.email() }))
    await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD, callbackURL: '/welcome' }))
    await call('sendVerificationEmail', client => client.sendVerificationEmail({ email: t.email(), callbackURL: '/welcome' }))
    const [mail] = await t.outbox()
    await call('verifyEmail', client => client.verifyEmail({ query: { token: mail.token } }))
    await call('sendVerificationEmail, proven', client => client.sendVerificationEmail({ email: t.email() }))
    await call('verifyEmail, nonsense', client => client.verifyEmail({ query: { token: 'x' } }))
    await call('getSession', client => client.getSession())
  },
}

const requiring = {
  'signing up sends it, signing in does not': async t => {
    await t.post('/sign-up/email', newUser(t.email(), { callbackURL: '/welcome' }))
    const [mail] = await t.outbox()
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
    await t.post('/sign-in/email', { email: t.email(), password: 'wrong password' })
    await t.outbox()
    await follow(t, mail)
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
  },

  'signing up again': async t => {
    await t.post('/sign-up/email', newUser(t.email()))
    await t.outbox()
    await t.post('/sign-up/email', newUser(t.email()))
    await t.post('/sign-up/email', newUser(t.email().toUpperCase(), { name: 'Dee' }))
    await t.outbox()
  },

  'targets of a sign-up': async t => {
    for (const [i, callbackURL] of ['', '/', '/a?b=c&d#e', 'http://localhost:3000/x'].entries()) {
      await t.post('/sign-up/email', newUser(t.email(`user${i}`), { callbackURL }))
      await t.outbox()
    }
    await t.post('/sign-up/email', newUser(t.email(), { callbackURL: 'https://evil.example' }))
    await t.outbox()
  },
}

async function isOff(t) {
  const browser = await t.signedUp()
  await resend(t)
  await resend(t, 'unknown')
  await browser.post('/send-verification-email', { email: t.email() })
  await browser.post('/send-verification-email', { email: t.email('unknown') })
  await resend(t, undefined, { callbackURL: 'https://evil.example' })
  await t.get('/verify-email?token=nonsense&callbackURL=/x')
  await t.outbox()
}

/** A user who signs up and follows the link: in the same browser, without one, and in another user's. */
async function signsUpAndFollows(t) {
  const browser = await t.signedUp()
  const [mail] = await t.outbox()
  return { browser, mail }
}

export default [
  { options: DEFAULTS, scenarios: { 'no sender': isOff } },
  { options: { ...verifying(), user: { deleteUser: { enabled: true } } }, scenarios: proving },
  { options: required(), scenarios: requiring },
  {
    options: required({ sendOnSignUp: false }),
    scenarios: { 'signing up does not send it': async t => void (await t.post('/sign-up/email', newUser(t.email())), await t.outbox()) },
  },
  {
    options: verifying({ sendOnSignUp: true }),
    scenarios: {
      'signing up sends it though it is not required': async t => {
        const browser = await t.signedUp('user', { callbackURL: '/welcome' })
        const [mail] = await t.outbox()
        await t.post('/sign-up/email', newUser(t.email()))
        await t.outbox()
        await follow(t, mail)
        await browser.get('/get-session')
      },
    },
  },
  {
    options: required({ sendOnSignIn: true }),
    scenarios: {
      'signing in sends it': async t => {
        await t.post('/sign-up/email', newUser(t.email()))
        await t.outbox()
        await t.post('/sign-in/email', { email: t.email(), password: 'wrong password', callbackURL: '/in' })
        await t.outbox()
        await t.post('/sign-in/email', { email: t.email(), password: PASSWORD, callbackURL: '/in' })
        const [mail] = await t.outbox()
        await t.post('/sign-in/email', { email: t.email(), password: PASSWORD, callbackURL: 'https://evil.example' })
        await follow(t, mail)
        await t.post('/sign-in/email', { email: t.email(), password: PASSWORD, callbackURL: '/in' })
        await t.outbox()
      },
    },
  },
  {
    options: required({ autoSignInAfterVerification: true }),
    scenarios: {
      'the link signs in, once': async t => {
        const { browser, mail } = await signsUpAndFollows(t)
        await follow(t, mail, { browser })
        await browser.get('/get-session')
        await follow(t, mail, { browser: t.browser() })
        await t.stores()
      },
      'the link signs in without a target': async t => {
        const { browser, mail } = await signsUpAndFollows(t)
        await follow(t, mail, { browser, target: null })
        await browser.get('/get-session')
      },
      'the link signs in where another user is': async t => {
        const { browser: other, mail: theirs } = await signsUpAndFollows(t)
        await follow(t, theirs, { browser: other })
        await t.post('/sign-up/email', newUser(t.email('second')))
        const [mail] = await t.outbox()
        await follow(t, mail, { browser: other })
        await other.get('/get-session')
      },
    },
  },
  {
    options: verifying({ autoSignInAfterVerification: true, expiresIn: 300 }),
    scenarios: {
      'who is signed in already stays so': async t => {
        const browser = await t.signedUp('user', { rememberMe: false })
        const mail = await requested(t)
        await follow(t, mail, { browser })
        await browser.get('/get-session')
        await t.stores()
      },
      'five minutes': async t => {
        await t.signedUp()
        const mail = await requested(t)
        await t.advance(360)
        await follow(t, mail)
      },
    },
  },
  {
    options: { ...required({}, { onExistingUserSignUp: true }) },
    scenarios: {
      'the existing user is told': async t => {
        await t.post('/sign-up/email', newUser(t.email()))
        await t.outbox()
        await t.post('/sign-up/email', newUser(t.email().toUpperCase(), { name: 'Dee', password: 'another password' }))
        await t.outbox()
      },
    },
  },
  {
    options: verifying({}, { onExistingUserSignUp: true }),
    scenarios: {
      'the existing user is not told where the answer tells': async t => {
        await t.signedUp()
        await t.post('/sign-up/email', newUser(t.email()))
        await t.outbox()
      },
    },
  },
  {
    options: { ...required(), basePath: '/custom/path' },
    basePath: '/custom/path',
    scenarios: {
      'a base path': async t => {
        await t.post('/sign-up/email', newUser(t.email()))
        const [mail] = await t.outbox()
        await follow(t, mail)
      },
    },
  },
]
