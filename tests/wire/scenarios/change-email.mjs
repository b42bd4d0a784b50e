import { follow } from '../harness/mail.mjs'
import { DEFAULTS, PASSWORD } from '../harness/options.mjs'

const HOUR = 3600
const changing = (changeEmail = {}, { verification = { sendVerificationEmail: true }, ...rest } = {}) => ({
  ...DEFAULTS,
  emailVerification: verification,
  user: { changeEmail: { enabled: true, ...changeEmail } },
  ...rest,
})
const confirming = rest => changing({ sendChangeEmailConfirmation: true }, rest)

/** A browser of a new user whose address is proven. */
async function verified(t, who) {
  const browser = await t.signedUp(who)
  await t.post('/send-verification-email', { email: t.email(who) })
  const [mail] = await t.outbox()
  await follow(t, mail)
  return browser
}

/** Asks for the address of `new` and gives the mail. */
async function requested(t, browser, body = {}) {
  await browser.post('/change-email', { newEmail: t.email('new'), ...body })
  const [mail] = await t.outbox()
  return mail
}

/** What is the same, whichever way a change goes. */
const asking = {
  'bodies': async t => {
    const browser = await t.signedUp()
    for (const body of [undefined, null, [], 'x', {}, { newEmail: 1 }, { newEmail: 'x' }, { newEmail: null }, { newEmail: '' }, { email: t.email('new') }]) {
      await browser.post('/change-email', body)
      await t.post('/change-email', body)
    }
    for (const callbackURL of [null, 1, [], 'https://evil.example', '//evil.example', 'x']) await browser.post('/change-email', { newEmail: t.email('new'), callbackURL })
    await t.outbox()
  },

  'nobody signed in': async t => {
    await t.post('/change-email', { newEmail: t.email('new') })
    const browser = await t.signedUp()
    await t.advance(8 * 24 * HOUR)
    await browser.post('/change-email', { newEmail: t.email('new') })
    await t.outbox()
  },

  'the same address': async t => {
    const browser = await t.signedUp()
    for (const newEmail of [t.email(), t.email().toUpperCase()]) await browser.post('/change-email', { newEmail })
    await t.outbox()
  },

  'a taken address': async t => {
    const browser = await verified(t)
    const unverified = await t.signedUp('new')
    for (const newEmail of [t.email('new'), t.email('new').toUpperCase()]) await browser.post('/change-email', { newEmail })
    await unverified.post('/change-email', { newEmail: t.email() })
    await t.outbox()
    await browser.get('/get-session')
    await unverified.get('/get-session')
  },

  'origins': async t => {
    const browser = await t.signedUp()
    for (const origin of [null, '', 'https://evil.example']) await browser.post('/change-email', { newEmail: t.email('new') }, { headers: { origin }, note: String(origin) })
    await t.outbox()
    await browser.get('/get-session')
  },
}

const confirmations = {
  ...asking,

  'a taken address': async t => {
    const browser = await verified(t)
    await t.signedUp('new')
    await browser.post('/change-email', { newEmail: t.email('new') })
    const kinds = mails => mails.map(({ kind, to }) => ({ kind, to }))
    const asked = JSON.stringify([{ kind: 'change-email', to: t.email() }])
    const differs = { name: 'taken-addresses-are-asked-for-alike', reference: { body: '[]' }, hallpass: { body: asked } }
    await t.outbox(differs, kinds)
    await browser.get('/get-session')
  },

  'the whole way': async t => {
    const browser = await verified(t)
    const first = await requested(t, browser, { callbackURL: '/changed?a=b' })
    await t.advance(60)
    await follow(t, first, { browser })
    const [second] = await t.outbox()
    await browser.get('/get-session')
    await follow(t, second, { browser })
    await browser.get('/get-session')
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
    await t.post('/sign-in/email', { email: t.email('new'), password: PASSWORD })
    for (const mail of [first, second]) {
      await follow(t, mail, { browser })
      await follow(t, mail, { target: null })
    }
    await t.outbox()
    await t.stores()
  },

  'without targets, and signed in nowhere': async t => {
    const browser = await verified(t)
    const first = await requested(t, browser)
    await follow(t, first, { target: null })
    const [second] = await t.outbox()
    await follow(t, second, { target: null })
    await browser.get('/get-session')
  },

  'in the browser of another user': async t => {
    const browser = await verified(t)
    const other = await verified(t, 'other')
    const first = await requested(t, browser)
    await follow(t, first, { browser: other })
    await follow(t, first, { browser: other, target: null })
    await follow(t, first, { browser })
    const [second] = await t.outbox()
    await follow(t, second, { browser: other })
    await follow(t, second, { browser: other, target: null })
    await browser.get('/get-session')
    await other.get('/get-session')
  },

  'with a session not to be remembered, in another browser': async t => {
    await verified(t)
    const browser = await t.signedIn('user', { rememberMe: false })
    const first = await requested(t, browser)
    const elsewhere = await t.signedIn()
    await follow(t, first, { browser: elsewhere })
    const [second] = await t.outbox()
    await follow(t, second, { browser })
    for (const each of [browser, elsewhere]) await each.get('/get-session')
  },

  'too late': async t => {
    const browser = await verified(t)
    const first = await requested(t, browser)
    await t.advance(HOUR - 60)
    await follow(t, first)
    const [second] = await t.outbox()
    await t.advance(HOUR - 60)
    await follow(t, first)
    await t.advance(120)
    await follow(t, second)
    await follow(t, second, { target: null })
    await browser.get('/get-session')
  },

  'two changes at once': async t => {
    const browser = await verified(t)
    const one = await requested(t, browser)
    const other = await requested(t, browser, { newEmail: t.email('third') })
    await follow(t, one)
    await follow(t, other)
    const [toNew, toThird] = await t.outbox()
    await follow(t, toThird)
    await follow(t, toNew)
    await browser.get('/get-session')
  },

  'an address that is not proven is not asked': async t => {
    const browser = await t.signedUp()
    const mail = await requested(t, browser)
    await follow(t, mail, { browser })
    await browser.get('/get-session')
  },

  'the address is taken meanwhile': async t => {
    const browser = await verified(t)
    const first = await requested(t, browser)
    await follow(t, first)
    const [second] = await t.outbox()
    await t.signedUp('new')
    const differs = changes => ({ name: 'links-fail-as-links', ...changes })
    await follow(t, second, {
      target: null,
      differs: differs({
        reference: { status: 500, statusText: 'Internal Server Error', headers: { 'content-type': undefined }, body: '' },
        hallpass: { status: 422, statusText: 'Unprocessable Entity', headers: { 'content-type': 'application/json' }, body: '{"message":"User already exists. Use another email.","code":"USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"}' },
      }),
    })
    await browser.get('/get-session')
  },

  'the password is changed meanwhile': async t => {
    const browser = await verified(t)
    await t.advance(60)
    const first = await requested(t, browser)
    await t.advance(60)
    await browser.post('/change-password', { currentPassword: PASSWORD, newPassword: 'another password' })
    await follow(t, first, {
      target: null,
      differs: {
        name: 'address-changes-end-with-the-password',
        reference: { status: 200, statusText: 'OK', body: '{"status":true}' },
        hallpass: { status: 401, statusText: 'Unauthorized', body: '{"message":"Invalid token","code":"INVALID_TOKEN"}' },
      },
    })
  },

  'the official client': async t => {
    const { call } = t.client()
    await call('changeEmail, signed out', client => client.changeEmail({ newEmail: t.email('new') }))
    await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
    await call('changeEmail, the same', client => client.changeEmail({ newEmail: t.email() }))
    await call('changeEmail', client => client.changeEmail({ newEmail: t.email('new'), callbackURL: '/changed' }))
    const [mail] = await t.outbox()
    await call('verifyEmail', client => client.verifyEmail({ query: { token: mail.token } }))
    await call('getSession', client => client.getSession())
  },
}

const atOnce = {
  ...asking,

  'at once, and the new address can be proven': async t => {
    const browser = await t.signedUp()
    await t.advance(60)
    const mail = await requested(t, browser, { callbackURL: '/x' })
    await browser.get('/get-session')
    await t.post('/sign-in/email', { email: t.email('new'), password: PASSWORD })
    await follow(t, mail)
    await browser.get('/get-session')
  },

  'not at once once it is proven': async t => {
    const browser = await verified(t)
    const mail = await requested(t, browser)
    await browser.get('/get-session')
    await follow(t, mail, { browser })
    await browser.get('/get-session')
  },
}

async function isOff(t) {
  const browser = await t.signedUp()
  for (const newEmail of [t.email('new'), t.email(), 'x']) await browser.post('/change-email', { newEmail })
  await t.post('/change-email', { newEmail: t.email('new') })
  await t.outbox()
}

export default [
  { options: DEFAULTS, scenarios: { 'not enabled': isOff } },
  { options: changing({}, { verification: {} }), scenarios: { 'no sender': isOff } },
  { options: confirming(), scenarios: confirmations },
  {
    options: changing(),
    scenarios: {
      'straight to the new address': async t => {
        const browser = await verified(t)
        const mail = await requested(t, browser, { callbackURL: '/x' })
        await follow(t, mail, { browser })
        await browser.get('/get-session')
        await follow(t, mail, { target: null })
      },
    },
  },
  {
    options: { ...changing(), session: { updateAge: 0 } },
    scenarios: {
      'where the session is kept alive as well': async t => {
        const browser = await verified(t)
        await follow(t, await requested(t, browser, { callbackURL: '/x' }), { browser })
        await follow(t, await requested(t, browser, { newEmail: t.email('newer') }), { browser, target: null })
        await browser.get('/list-sessions')
      },
    },
  },
  { options: changing({ updateEmailWithoutVerification: true }), scenarios: atOnce },
  {
    options: changing({ updateEmailWithoutVerification: true }, { verification: {} }),
    scenarios: {
      'at once without a sender': async t => {
        const browser = await t.signedUp()
        await browser.post('/change-email', { newEmail: t.email('new') })
        await t.outbox()
        await browser.get('/get-session')
      },
    },
  },
  {
    options: confirming({ verification: { sendVerificationEmail: true, expiresIn: 300 } }),
    scenarios: {
      'five minutes': async t => {
        const browser = await verified(t)
        const mail = await requested(t, browser)
        await t.advance(360)
        await follow(t, mail)
      },
    },
  },
]
