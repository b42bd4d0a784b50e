import { follow } from '../harness/mail.mjs'
import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

const DAY = 86_400
const deletion = (changes = {}) => ({ ...DEFAULTS, user: { deleteUser: { enabled: true, sendDeleteAccountVerification: true, ...changes } } })

/** Asks for the mail and gives it. */
async function requested(t, browser, body = {}) {
  await browser.post('/delete-user', body)
  const [mail] = await t.outbox()
  return mail
}

const deleting = {
  'by the link': async t => {
    const browser = await t.signedUp()
    const before = browser.jar.copy()
    const mail = await requested(t, browser, { callbackURL: '/bye?a=b' })
    await t.stores()
    await follow(t, mail, { browser })
    await t.stores()
    await browser.get('/get-session')
    await t.browser(before.copy()).get('/get-session')
    await follow(t, mail, { browser: t.browser(before) })
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
  },

  'by the link, without a target': async t => {
    const browser = await t.signedUp()
    const mail = await requested(t, browser)
    await follow(t, mail, { browser, target: null })
    await t.stores()
  },

  'by the token': async t => {
    const browser = await t.signedUp()
    const { token } = await requested(t, browser)
    await browser.post('/delete-user', { token, password: 'wrong password' })
    await browser.post('/delete-user', { token })
    await t.stores()
    await browser.get('/get-session')
  },

  'a password alone does not do, nor does a fresh session': async t => {
    const browser = await t.signedUp()
    for (const body of [{ password: PASSWORD }, {}, { password: 'wrong password' }, { password: '' }, { token: '' }]) await browser.post('/delete-user', body)
    await t.outbox()
    await t.stores()
    await t.advance(2 * DAY)
    await requested(t, browser)
  },

  'tokens and links that are none': async t => {
    const browser = await t.signedUp()
    await requested(t, browser)
    for (const token of ['x', 'a'.repeat(32), 'A'.repeat(32), ' ', "' or 1=1 --"]) {
      await browser.post('/delete-user', { token })
      await browser.get(`/delete-user/callback?token=${encodeURIComponent(token)}`)
      await browser.get(`/delete-user/callback?token=${encodeURIComponent(token)}&callbackURL=/x`)
    }
    for (const query of ['', '?token=', '?callbackURL=/x', '?token=x&callbackURL=https://evil.example']) {
      await browser.get(`/delete-user/callback${query}`)
      await t.get(`/delete-user/callback${query}`)
    }
    await browser.post('/delete-user/callback', { token: 'x' })
    await browser.get('/get-session')
    await t.stores()
  },

  'targets': async t => {
    const browser = await t.signedUp()
    for (const callbackURL of ['https://evil.example', '//evil.example', 'javascript:alert(1)', 'bye']) await browser.post('/delete-user', { callbackURL })
    await t.outbox()
    const mail = await requested(t, browser, { callbackURL: 'http://localhost:3000/bye' })
    await follow(t, mail, { browser, target: 'https://evil.example' })
    await follow(t, mail, { browser, target: '//evil.example' })
    await browser.get('/get-session')
    await follow(t, mail, { browser })
  },

  'signed in nowhere': async t => {
    const browser = await t.signedUp()
    const mail = await requested(t, browser)
    await follow(t, mail)
    await follow(t, mail, { target: null })
    await t.post('/delete-user', { token: mail.token })
    await t.stores()
    await follow(t, mail, { browser })
  },

  'signed in as somebody else': async t => {
    const browser = await t.signedUp()
    const other = await t.signedUp('other')
    const mail = await requested(t, browser)
    await follow(t, mail, { browser: other, target: null })
    await other.get('/get-session')
    await follow(t, mail, { browser, note: 'the token is gone' })
    const { token } = await requested(t, browser)
    await other.post('/delete-user', { token })
    await browser.post('/delete-user', { token })
    await t.stores()
  },

  'in another browser of the user': async t => {
    const browser = await t.signedUp()
    const mail = await requested(t, browser)
    const elsewhere = await t.signedIn()
    await follow(t, mail, { browser: elsewhere })
    await browser.get('/get-session')
    await t.stores()
  },

  'almost too late': async t => {
    const browser = await t.signedUp()
    const mail = await requested(t, browser)
    await t.advance(DAY - 60)
    await follow(t, mail, { browser })
    await t.stores()
  },

  'too late': async t => {
    const browser = await t.signedUp()
    const mail = await requested(t, browser)
    await t.advance(DAY + 60)
    await follow(t, mail, { browser, target: null })
    await browser.get('/get-session')
  },

  'a session that has expired': async t => {
    const browser = await t.signedUp('user', { rememberMe: false })
    await t.advance(DAY - 600)
    const mail = await requested(t, browser)
    await t.advance(1200)
    await follow(t, mail, { browser, target: null })
    await t.stores()
  },

  'the official client': async t => {
    const { call } = t.client()
    await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
    await call('deleteUser', client => client.deleteUser({ callbackURL: '/bye' }))
    const [{ token }] = await t.outbox()
    await call('deleteUser, by token', client => client.deleteUser({ token }))
    await call('getSession', client => client.getSession())
  },
}

export default [
  { options: DEFAULTS, scenarios: { 'not enabled': async t => void (await (await t.signedUp()).get('/delete-user/callback?token=x'), await t.get('/delete-user/callback?token=x')) } },
  {
    options: { ...DEFAULTS, user: { deleteUser: { enabled: true } } },
    scenarios: {
      'no sender': async t => {
        const browser = await t.signedUp()
        await browser.get('/delete-user/callback?token=x')
        await t.get('/delete-user/callback?token=x')
        await t.post('/sign-up/email', newUser(t.email('other')))
        await t.outbox()
      },
    },
  },
  { options: deletion(), scenarios: deleting },
  {
    options: deletion({ deleteTokenExpiresIn: 300 }),
    scenarios: {
      'five minutes': async t => {
        const browser = await t.signedUp()
        const mail = await requested(t, browser)
        await t.advance(360)
        await follow(t, mail, { browser, target: null })
      },
    },
  },
]
