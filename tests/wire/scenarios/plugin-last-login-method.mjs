import { lastLoginMethodClient } from 'better-auth/client/plugins'
import { DEFAULTS, PASSWORD, advanced, newUser } from '../harness/options.mjs'

const withOptions = (options, base = DEFAULTS) => ({ ...base, plugins: [{ id: 'last-login-method', ...options }] })

async function journey(t) {
  const browser = await t.signedUp()
  await browser.get('/get-session')
  await browser.post('/update-user', { name: 'B' })
  await browser.post('/change-password', { currentPassword: PASSWORD, newPassword: 'another password', revokeOtherSessions: true })
  await t.advance(2 * 86_400)
  await browser.get('/get-session')
  await browser.post('/sign-out', {})
  await browser.post('/sign-in/email', { email: t.email(), password: PASSWORD }, { note: 'wrong' })
  await browser.post('/sign-in/email', { email: t.email(), password: 'another password' })
  await browser.get('/get-session')
  await t.browser().post('/sign-in/email', { email: t.email(), password: 'another password', rememberMe: false })
  await t.post('/sign-up/email', newUser(t.email()), { note: 'taken' })
}

export default [
  { options: withOptions({}), scenarios: { 'signing up and in': journey } },
  { options: withOptions({ cookieName: 'seen', maxAge: 60 }), scenarios: { 'another name and age': journey } },
  {
    options: withOptions({}, advanced({ useSecureCookies: true, cookiePrefix: 'app', crossSubDomainCookies: { enabled: true, domain: 'localhost' }, defaultCookieAttributes: { sameSite: 'none', partitioned: true } })),
    scenarios: { 'cookies of other attributes': journey },
  },
  {
    options: withOptions({ storeInDatabase: true }),
    scenarios: {
      'in the database': journey,
      'clients cannot set it': async t => {
        const browser = await t.signedUp('user', { lastLoginMethod: 'x' })
        await browser.post('/sign-up/email', newUser(t.email()))
        await browser.post('/update-user', { lastLoginMethod: 'x' })
      },
      'the official client': async t => {
        const { call } = t.client({ plugins: [lastLoginMethodClient()] })
        await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
        await call('getSession', client => client.getSession())
      },
    },
  },
  {
    options: { ...withOptions({ storeInDatabase: true }), emailAndPassword: { enabled: true, autoSignIn: false } },
    scenarios: {
      'in the database, of a sign-up that signs nobody in': async t => {
        const browser = t.browser()
        const signedIn = method => ({ body: body(method).body.replace('"token":null', '"redirect":false,"token":"<token#1>"') })
        const name = 'last-login-method-of-logins'
        const body = method => ({ body: `{"token":null,"user":{"name":"Ann","email":"${t.email()}","emailVerified":false,"image":null,"createdAt":"<start+0s>","updatedAt":"<start+0s>","lastLoginMethod":${method},"id":"<id#1>"}}` })
        await browser.post('/sign-up/email', newUser(t.email()), { differs: { name, reference: body('"email"'), hallpass: body('null') } })
        await browser.post('/sign-up/email', newUser(t.email()), { note: 'taken' })
        await browser.post('/sign-in/email', { email: t.email(), password: PASSWORD }, { differs: { name, reference: signedIn('"email"'), hallpass: signedIn('null') } })
        await browser.get('/get-session')
      },
    },
  },
]
