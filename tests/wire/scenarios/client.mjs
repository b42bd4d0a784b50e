import { DEFAULTS, PASSWORD, advanced, newUser } from '../harness/options.mjs'

/** What an app does with the official client, and what it is told when it goes wrong. */
async function journey(t) {
  const email = t.email()
  const { call } = t.client()
  await call('getSession, signed out', client => client.getSession())
  await call('signUp.email', client => client.signUp.email({ name: 'Ann', email, password: PASSWORD }))
  await call('getSession', client => client.getSession())
  await call('signOut', client => client.signOut())
  await call('getSession, signed out again', client => client.getSession())
  await call('signIn.email, wrong password', client => client.signIn.email({ email, password: 'wrong password' }))
  await call('signIn.email, unknown user', client => client.signIn.email({ email: t.email('nobody'), password: PASSWORD }))
  await call('signIn.email, no address', client => client.signIn.email({ email: 'bad', password: PASSWORD }))
  await call('signIn.email', client => client.signIn.email({ email, password: PASSWORD }))
  await call('signUp.email, taken', client => client.signUp.email({ name: 'Ann', email, password: PASSWORD }))
  await call('signUp.email, short password', client => client.signUp.email({ name: 'Ann', email: t.email('b'), password: 'short' }))
  await call('signUp.email, fields missing', client => client.signUp.email({ email: t.email('b') }))
  await call('getSession with a query', client => client.getSession({ query: { disableCookieCache: true, disableRefresh: true } }))
  await call('signIn.email, rememberMe false', client => client.signIn.email({ email, password: PASSWORD, rememberMe: false }))
  await call('signIn.email, callbackURL', client => client.signIn.email({ email, password: PASSWORD, callbackURL: '/home' }))
  await call('signIn.email, bad callbackURL', client => client.signIn.email({ email, password: PASSWORD, callbackURL: 'https://evil.example' }))
  await call('$fetch /ok', client => client.$fetch('/ok'))
  await call('$fetch of nothing', client => client.$fetch('/nope'))
  await call('$fetch, POST get-session', client => client.$fetch('/get-session', { method: 'POST', body: {} }))
}

export default [
  { options: DEFAULTS, scenarios: { 'the official client': journey } },
  { options: { ...advanced({ useSecureCookies: true }), basePath: '/custom/path' }, basePath: '/custom/path', scenarios: { 'the official client, secure cookies and a base path': journey } },
  {
    options: { ...DEFAULTS, emailAndPassword: { enabled: true, requireEmailVerification: true } },
    scenarios: {
      'the official client, address not verified': async t => {
        const { call } = t.client()
        await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
        await call('signIn.email', client => client.signIn.email({ email: t.email(), password: PASSWORD }))
        await call('getSession', client => client.getSession())
      },
    },
  },
  {
    options: { ...DEFAULTS, rateLimit: { enabled: true } },
    scenarios: {
      'the official client, too often': async t => {
        const { call } = t.client()
        for (let i = 0; i < 4; i++) await call('signIn.email', client => client.signIn.email({ email: 'bad', password: PASSWORD }))
      },
    },
  },
  {
    options: DEFAULTS,
    scenarios: {
      'the session of the client stays through a week of use': async t => {
        const { call } = t.client()
        await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
        for (let i = 0; i < 3; i++) {
          await t.advance(3 * 86_400)
          await call('getSession', client => client.getSession())
        }
        await t.advance(8 * 86_400)
        await call('getSession', client => client.getSession())
      },
      'two clients of one user': async t => {
        const one = t.client()
        const two = t.client()
        await one.call('one: signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
        await two.call('two: signIn.email', client => client.signIn.email({ email: t.email(), password: PASSWORD }))
        await one.call('one: signOut', client => client.signOut())
        await one.call('one: getSession', client => client.getSession())
        await two.call('two: getSession', client => client.getSession())
      },
      'a client that Node’s own fetch makes: Fetch Metadata, but no Origin': async t => {
        await t.post('/sign-up/email', newUser(t.email()))
        const headers = { accept: '*/*', 'accept-language': '*', 'sec-fetch-mode': 'cors', 'user-agent': 'node', 'accept-encoding': 'gzip, deflate' }
        await t.post('/sign-in/email', { email: t.email(), password: PASSWORD }, { headers })
        await t.post('/sign-in/email', { email: t.email(), password: PASSWORD }, { headers: { ...headers, origin: t.origin } })
      },
    },
  },
]
