import { DEFAULTS, PASSWORD, advanced, newUser } from '../harness/options.mjs'

const bearer = token => ({ headers: { authorization: `Bearer ${token}` } })

/** The forms of tokens that clients may send, and some that nobody should. */
async function forms(t) {
  const { json } = await t.post('/sign-up/email', newUser(t.email()))
  const { token } = json
  const signed = t.sign(token)
  const other = await t.signedUp('other')
  const sent = {
    plain: `Bearer ${token}`,
    signed: `Bearer ${decodeURIComponent(signed)}`,
    'signed and encoded': `Bearer ${signed}`,
    'scheme in lower case': `bearer ${token}`,
    'scheme in upper case': `BEARER ${token}`,
    'more spaces': `Bearer    ${token}  `,
    'a tab for a space': `Bearer\t${token}`,
    'no space': `Bearer${token}`,
    'no token': 'Bearer ',
    'no scheme': token,
    'another scheme': `Basic ${token}`,
    'an unknown token': `Bearer ${'a'.repeat(32)}`,
    'an unknown token, signed': `Bearer ${t.sign('a'.repeat(32))}`,
    'a foreign signature': `Bearer ${t.sign(token, 'another secret')}`,
    'no signature': `Bearer ${token}.`,
    'half a signature': `Bearer ${decodeURIComponent(signed).slice(0, -10)}`,
    'a signature and more': `Bearer ${decodeURIComponent(signed)}.x`,
    'a signature of base64url': `Bearer ${decodeURIComponent(signed).replaceAll('+', '-').replaceAll('/', '_').replace('=', '')}`,
    'a broken escape': `Bearer ${decodeURIComponent(signed)}%zz`,
    'an escape in a plain token': `Bearer %61${token.slice(1)}`,
    'two tokens': `Bearer ${token} ${token}`,
  }
  for (const [note, authorization] of Object.entries(sent)) {
    await t.get('/get-session', { note, headers: { authorization } })
    await other.get('/get-session', { note: `${note}, beside a cookie`, headers: { authorization } })
  }
}

/** A native client: tokens alone, no cookie, no Origin. */
async function journey(t) {
  const up = await t.post('/sign-up/email', newUser(t.email()))
  const token = up.headers['set-auth-token']
  const as = bearer(token)
  await t.get('/get-session', as)
  await t.get('/list-sessions', as)
  await t.post('/update-user', { name: 'B' }, as)
  await t.post('/change-password', { currentPassword: PASSWORD, newPassword: 'another password' }, as)
  const changed = await t.post('/change-password', { currentPassword: 'another password', newPassword: PASSWORD, revokeOtherSessions: true }, as)
  await t.get('/get-session', as)
  const next = bearer(changed.json.token)
  await t.get('/get-session', next)
  await t.advance(2 * 86_400)
  await t.get('/get-session', next)
  await t.post('/sign-out', {}, next)
  await t.get('/get-session', next)
  await t.post('/update-user', { name: 'C' }, next)
  await t.stores()
}

async function origins(t) {
  const browser = t.browser()
  const { json } = await browser.post('/sign-up/email', newUser(t.email()))
  const { authorization } = bearer(json.token).headers
  for (const origin of [undefined, t.origin, 'https://evil.example']) {
    await t.post('/update-user', { name: 'B' }, { note: `${origin}`, headers: { authorization, origin } })
    await browser.post('/update-user', { name: 'B' }, { note: `${origin}, with cookies`, headers: { authorization, origin } })
  }
  await t.post('/sign-in/email', { email: t.email(), password: PASSWORD }, { headers: { authorization } })
  await t.post('/sign-in/email', { email: t.email(), password: PASSWORD }, { headers: { authorization, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } })
}

const options = { ...DEFAULTS, plugins: [{ id: 'bearer' }] }

export default [
  {
    options,
    scenarios: {
      'the forms of a token': forms,
      'a client without cookies': journey,
      'origins': origins,
      'the header beside the session of a browser': async t => {
        const one = t.browser()
        const { json } = await one.post('/sign-up/email', newUser(t.email()))
        const other = await t.signedUp('other', { rememberMe: false })
        const as = bearer(json.token)
        await other.get('/get-session', as)
        await other.get('/list-sessions', as)
        await t.advance(2 * 86_400)
        await other.get('/get-session', as)
        await other.post('/sign-out', {}, as)
        await one.get('/get-session')
        await other.get('/get-session')
        await t.stores()
      },
      'an expired session': async t => {
        const { json } = await t.post('/sign-up/email', newUser(t.email()))
        await t.advance(8 * 86_400)
        await t.get('/get-session', bearer(json.token))
        await t.stores()
      },
      'answers that set no session': async t => {
        await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
        await t.get('/ok')
        await t.post('/sign-out', {}, bearer('x'))
        await t.post('/sign-up/email', newUser(t.email(), { rememberMe: false }))
      },
      'the official client': async t => {
        const { call } = t.client()
        let token
        const fetchOptions = () => ({ auth: { type: 'Bearer', token: () => token } })
        const up = await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
        token = up.data.token
        const native = t.client()
        await native.call('getSession', client => client.getSession({ fetchOptions: fetchOptions() }))
        await native.call('updateUser', client => client.updateUser({ name: 'B', fetchOptions: fetchOptions() }))
        await native.call('signOut', client => client.signOut({ fetchOptions: fetchOptions() }))
        await native.call('getSession, signed out', client => client.getSession({ fetchOptions: fetchOptions() }))
      },
    },
  },
  {
    options: { ...DEFAULTS, plugins: [{ id: 'bearer', requireSignature: true }] },
    scenarios: { 'signatures required': forms },
  },
  {
    options: { ...advanced({ useSecureCookies: true, cookiePrefix: 'app' }), plugins: [{ id: 'bearer' }] },
    scenarios: { 'secure cookies of another prefix': journey },
  },
]
