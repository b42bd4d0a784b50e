import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

const NEW = 'another password'
const HOUR = 3600
/** What is said of resets; sessions go on unless it says otherwise, as with better-auth. */
const resetting = (changes = {}) => ({
  ...DEFAULTS,
  emailAndPassword: { enabled: true, sendResetPassword: true, revokeSessionsOnPasswordReset: false, ...changes },
})

/** Asks for a reset and gives the token that was mailed. */
async function requested(t, who, body = {}) {
  await t.post('/request-password-reset', { email: t.email(who), redirectTo: '/new-password', ...body })
  const [mail] = await t.outbox()
  return mail?.token
}

const signIn = (t, password, who) => t.post('/sign-in/email', { email: t.email(who), password })

const resets = {
  'the whole way': async t => {
    await t.signedUp()
    const token = await requested(t)
    await t.stores()
    await t.get(`/reset-password/${token}?callbackURL=%2Fnew-password`)
    await t.post('/reset-password', { newPassword: NEW, token })
    await t.stores()
    await signIn(t, PASSWORD)
    await signIn(t, NEW)
    await t.post('/reset-password', { newPassword: 'a third password', token })
    await t.get(`/reset-password/${token}?callbackURL=%2Fnew-password`)
    await signIn(t, NEW)
  },

  'an unknown address': async t => {
    await t.post('/request-password-reset', { email: t.email(), redirectTo: '/new-password' })
    await t.outbox()
    await t.stores({
      name: 'reset-requests-cost-alike',
      reference: { body: '{"user":0,"session":0,"account":0,"verification":0}' },
      hallpass: { body: '{"user":0,"session":0,"account":0,"verification":1}' },
    })
  },

  'an address in capitals': async t => {
    await t.signedUp()
    await t.post('/request-password-reset', { email: t.email().toUpperCase() })
    await t.outbox()
  },

  'bodies of requests': async t => {
    for (const body of [undefined, null, [], 'x', 1, {}, { email: 1 }, { email: 'x' }, { email: null }, { email: '' }, { email: `${t.email()}\n` }]) await t.post('/request-password-reset', body)
    for (const redirectTo of [null, 1, true, [], {}]) await t.post('/request-password-reset', { email: t.email(), redirectTo })
    await t.post('/request-password-reset', undefined, { body: '{bad', type: 'application/json' })
    await t.post('/request-password-reset', undefined, { body: '{}', type: 'text/plain' })
    await t.post('/request-password-reset', undefined, { body: `email=${t.email()}`, type: 'application/x-www-form-urlencoded' })
    await t.get('/request-password-reset')
    await t.outbox()
    await t.stores()
  },

  'targets of requests': async t => {
    await t.signedUp()
    for (const redirectTo of ['', '/', '/a?b=c&d#e', '/a b/é', 'http://localhost:3000/x', 'http://localhost:3000']) {
      await t.post('/request-password-reset', { email: t.email(), redirectTo })
      await t.outbox()
    }
    for (const redirectTo of ['https://evil.example', '//evil.example', 'javascript:alert(1)', 'new-password', '/\\evil.example']) {
      await t.post('/request-password-reset', { email: t.email(), redirectTo })
      await t.post('/request-password-reset', { email: t.email('unknown'), redirectTo })
    }
    await t.post('/request-password-reset', { email: t.email(), callbackURL: 'https://evil.example' })
    await t.outbox()
  },

  'the host of the link is the configured one': async t => {
    await t.signedUp()
    await t.post('/request-password-reset', { email: t.email(), redirectTo: '/x' }, { headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', forwarded: 'host=evil.example' } })
    await t.outbox()
    await t.post('/request-password-reset', { email: t.email(), redirectTo: '/x' }, { headers: { host: 'evil.example' } })
    await t.outbox()
  },

  'links': async t => {
    await t.signedUp()
    const token = await requested(t)
    for (const callback of ['/x', '/x?a=b', '/x?token=old&error=y&token=z', '/x#part', 'http://localhost:3000/x?a=%20b+c', 'http://localhost:3000', '']) {
      await t.get(`/reset-password/${token}?callbackURL=${encodeURIComponent(callback)}`)
      await t.get(`/reset-password/nonsense?callbackURL=${encodeURIComponent(callback)}`)
    }
    await t.get(`/reset-password/${token}`)
    await t.get('/reset-password/nonsense')
    await t.get(`/reset-password/${token}?callbackurl=/x`)
    await t.get(`/reset-password/${token}?callbackURL=https://evil.example`)
    await t.get(`/reset-password/${token}?callbackURL=//evil.example`)
    await t.get('/reset-password/')
    await t.get(`/reset-password/${token}/x?callbackURL=/x`)
    await t.get(`/reset-password/${'a'.repeat(24)}?callbackURL=/x`)
    await t.stores()
  },

  'bodies of resets': async t => {
    await t.signedUp()
    const token = await requested(t)
    for (const body of [undefined, null, [], 'x', {}, { token }, { newPassword: NEW }, { newPassword: 1, token }, { newPassword: null, token }, { newPassword: NEW, token: 1 }, { newPassword: NEW, token: null }, { newPassword: NEW, token: '' }]) {
      await t.post('/reset-password', body)
    }
    for (const newPassword of ['', 'short', 'x'.repeat(7), 'x'.repeat(129), '👍'.repeat(65)]) {
      await t.post('/reset-password', { newPassword, token })
      await t.post('/reset-password', { newPassword, token: 'nonsense' })
      await t.post('/reset-password', { newPassword })
    }
    for (const bad of ['nonsense', 'a'.repeat(24), `${token} `, `reset-password:${token}`, "' or 1=1 --", '%']) await t.post('/reset-password', { newPassword: NEW, token: bad })
    await signIn(t, PASSWORD)
    await t.post('/reset-password', { newPassword: 'x'.repeat(128), token })
    await signIn(t, 'x'.repeat(128))
  },

  'a token in the query': async t => {
    await t.signedUp()
    const token = await requested(t)
    await t.post('/reset-password?token=nonsense', { newPassword: NEW })
    await t.post('/reset-password?token=', { newPassword: NEW })
    await t.post(`/reset-password?token=${token}`, { newPassword: NEW, token: 'nonsense' })
    await t.post(`/reset-password?token=${token}`, { newPassword: NEW, token: '' })
    await signIn(t, NEW)
    const other = await requested(t)
    await t.post(`/reset-password?token=nonsense`, { newPassword: PASSWORD, token: other })
    await signIn(t, PASSWORD)
  },

  'almost too late': async t => {
    await t.signedUp()
    const token = await requested(t)
    await t.advance(HOUR - 60)
    await t.get(`/reset-password/${token}?callbackURL=/x`)
    await t.post('/reset-password', { newPassword: NEW, token })
    await signIn(t, NEW)
  },

  'too late': async t => {
    await t.signedUp()
    const token = await requested(t)
    await t.advance(HOUR + 60)
    await t.get(`/reset-password/${token}?callbackURL=/x`)
    await t.post('/reset-password', { newPassword: NEW, token })
    await signIn(t, PASSWORD)
  },

  'who is signed in does not matter': async t => {
    const browser = await t.signedUp()
    const other = await t.signedUp('other', { name: 'Dee' })
    await other.post('/request-password-reset', { email: t.email(), redirectTo: '/x' })
    const [{ token }] = await t.outbox()
    await other.get(`/reset-password/${token}?callbackURL=/x`)
    await other.post('/reset-password', { newPassword: NEW, token })
    await other.get('/get-session')
    await browser.get('/get-session')
    await signIn(t, NEW)
    await signIn(t, PASSWORD, 'other')
  },

  'the user is gone': async t => {
    const browser = await t.signedUp()
    const token = await requested(t)
    await browser.post('/delete-user', {})
    await t.get(`/reset-password/${token}?callbackURL=/x`)
    await t.post('/reset-password', { newPassword: NEW, token })
    await t.post('/sign-up/email', newUser(t.email()))
    await t.post('/reset-password', { newPassword: NEW, token })
    await signIn(t, PASSWORD)
  },

  'of several tokens': async t => {
    await t.signedUp()
    await t.advance(60)
    const [first, second] = [await requested(t), await requested(t)]
    await t.advance(60)
    await t.post('/reset-password', { newPassword: NEW, token: second })
    await t.post('/reset-password', { newPassword: 'a third password', token: first }, {
      differs: {
        name: 'reset-tokens-end-with-the-password',
        reference: { status: 200, statusText: 'OK', body: '{"status":true}' },
        hallpass: { status: 400, statusText: 'Bad Request', body: '{"message":"Invalid token","code":"INVALID_TOKEN"}' },
      },
    })
  },

  'origins': async t => {
    await t.signedUp()
    const browser = await t.signedUp('browser')
    for (const origin of [null, '', 'https://evil.example']) {
      await browser.post('/request-password-reset', { email: t.email() }, { headers: { origin }, note: String(origin) })
      await browser.post('/reset-password', { newPassword: NEW, token: 'x' }, { headers: { origin }, note: String(origin) })
    }
    await t.outbox()
    await t.post('/request-password-reset', { email: t.email() }, {
      headers: { origin: 'https://evil.example' },
      differs: {
        name: 'mail-requests-need-an-origin',
        reference: { status: 200, statusText: 'OK', body: '{"status":true,"message":"If this email exists in our system, check your email for the reset link"}' },
        hallpass: { status: 403, statusText: 'Forbidden', body: '{"message":"Invalid origin","code":"INVALID_ORIGIN"}' },
      },
    })
  },

  'the official client': async t => {
    const { call } = t.client()
    await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
    await call('requestPasswordReset', client => client.requestPasswordReset({ email: t.email(), redirectTo: '/new-password' }))
    const [{ token }] = await t.outbox()
    await call('resetPassword', client => client.resetPassword({ newPassword: NEW, token }))
    await call('resetPassword again', client => client.resetPassword({ newPassword: NEW, token }))
    await call('signIn.email', client => client.signIn.email({ email: t.email(), password: NEW }))
  },
}

async function isOff(t) {
  await t.signedUp()
  for (const email of [t.email(), t.email('unknown'), 'x']) await t.post('/request-password-reset', { email })
  await t.post('/request-password-reset', { email: t.email(), redirectTo: 'https://evil.example' })
  await t.post('/reset-password', { newPassword: NEW, token: 'a'.repeat(24) })
  await t.get('/reset-password/x?callbackURL=/x')
  await t.outbox()
}

/** Two sessions, and a reset in the one browser. */
async function resetWithSessions(t, differs = () => undefined) {
  const browser = await t.signedUp()
  const other = await t.signedIn()
  const token = await requested(t)
  await browser.post('/reset-password', { newPassword: NEW, token })
  await t.stores(differs())
  return [browser, other]
}

export default [
  { options: DEFAULTS, scenarios: { 'no sender': isOff } },
  { options: { ...resetting(), user: { deleteUser: { enabled: true } } }, scenarios: resets },
  {
    options: resetting({ revokeSessionsOnPasswordReset: true }),
    scenarios: {
      'every session ends': async t => {
        for (const browser of await resetWithSessions(t)) await browser.get('/get-session')
      },
    },
  },
  {
    options: resetting({ revokeSessionsOnPasswordReset: undefined }),
    scenarios: {
      'sessions, where nothing is said of them': t =>
        resetWithSessions(t, () => ({
          name: 'reset-ends-sessions',
          reference: { body: '{"user":1,"session":2,"account":1,"verification":0}' },
          hallpass: { body: '{"user":1,"session":0,"account":1,"verification":0}' },
        })),
    },
  },
  {
    options: resetting({ resetPasswordTokenExpiresIn: 300, minPasswordLength: 12 }),
    scenarios: {
      'five minutes': async t => {
        await t.signedUp()
        const token = await requested(t)
        await t.post('/reset-password', { newPassword: 'x'.repeat(11), token })
        await t.advance(360)
        await t.post('/reset-password', { newPassword: NEW, token })
      },
    },
  },
  {
    options: { ...resetting(), basePath: '/custom/path', trustedOrigins: ['https://app.example.com', 'myapp://'] },
    basePath: '/custom/path',
    scenarios: {
      'a base path and other targets': async t => {
        await t.signedUp()
        for (const target of ['https://app.example.com/new', 'myapp://new/password?x=1', '/new']) {
          const token = await requested(t, undefined, { redirectTo: target })
          await t.get(`/reset-password/${token}?callbackURL=${encodeURIComponent(target)}`)
          await t.get(`/reset-password/x?callbackURL=${encodeURIComponent(target)}`)
        }
        await t.get('/reset-password/x?callbackURL=')
      },
    },
  },
]
