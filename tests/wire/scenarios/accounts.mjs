import { DEFAULTS, PASSWORD } from '../harness/options.mjs'

const DAY = 86_400

export default [
  {
    options: DEFAULTS,
    scenarios: {
      'the account of a password, without the password': async t => {
        const browser = await t.signedUp()
        await browser.get('/list-accounts')
        await browser.get('/list-accounts?userId=x&disableCookieCache=true')
        await browser.get('/list-accounts', { headers: { origin: 'https://evil.example' } })
        await browser.get('/list-accounts', { body: '{bad', type: 'text/plain' })
      },

      'each user sees their own': async t => {
        const ann = await t.signedUp()
        const bob = await t.signedUp('bob')
        await ann.get('/list-accounts')
        await bob.get('/list-accounts')
      },

      'a change of the password shows': async t => {
        const browser = await t.signedUp()
        await t.advance(120)
        await browser.post('/change-password', { currentPassword: PASSWORD, newPassword: 'another good horse' })
        await browser.get('/list-accounts')
      },

      'without a session': async t => {
        await t.get('/list-accounts')
        await t.browser().get('/list-accounts')
      },

      'a forged or unknown cookie': async t => {
        const browser = await t.signedUp()
        const token = browser.sessionToken
        for (const [note, value] of [['no signature', token], ['a bad one', `${token}.x`], ['another secret', t.sign(token, 'another secret')], ['unknown', t.sign('a'.repeat(32))], ['empty', '']]) {
          await t.get('/list-accounts', { note, headers: { cookie: `better-auth.session_token=${value}` } })
        }
      },

      'an expired session': async t => {
        const browser = await t.signedUp()
        await t.advance(7 * DAY + 60)
        await browser.get('/list-accounts')
        await t.stores()
      },

      'old sessions may, and are refreshed': async t => {
        const browser = await t.signedUp()
        await t.advance(DAY - 60)
        await browser.get('/list-accounts')
        await t.advance(60)
        await browser.get('/list-accounts?disableRefresh=true')
        await browser.get('/list-accounts')
        await browser.get('/list-accounts')
        await browser.get('/get-session')
      },

      'not to be remembered': async t => {
        const browser = await t.signedUp('user', { rememberMe: false })
        await t.advance(DAY - 60)
        await browser.get('/list-accounts')
        await t.advance(120)
        await browser.get('/list-accounts')
        await t.stores()
      },

      'a cookie of cached data that nobody asked for': async t => {
        const browser = await t.signedUp()
        browser.jar.set('better-auth.session_data', 'x')
        await browser.get('/list-accounts')
      },

      'other methods': async t => {
        const browser = await t.signedUp()
        await browser.post('/list-accounts', {})
        for (const method of ['PUT', 'DELETE', 'PATCH']) await browser.request(method, `${t.base}/list-accounts`)
        await browser.get('/list-accounts/')
      },

      'the official client': async t => {
        const { call } = t.client()
        await call('listAccounts, signed out', client => client.listAccounts())
        await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
        await call('listAccounts', client => client.listAccounts())
      },
    },
  },
  {
    options: { ...DEFAULTS, session: { deferSessionRefresh: true } },
    scenarios: {
      'a refresh that is put off is not done by listing': async t => {
        const browser = await t.signedUp()
        await t.advance(2 * DAY)
        await browser.get('/list-accounts')
        await browser.get('/get-session')
      },
    },
  },
]
