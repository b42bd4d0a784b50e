import { DEFAULTS, PASSWORD, advanced, newUser } from '../harness/options.mjs'

const DAY = 86_400
const deletion = (changes = {}) => ({ ...DEFAULTS, user: { deleteUser: { enabled: true } }, ...changes })

const deleting = {
  'a fresh session needs no password': async t => {
    const browser = await t.signedUp()
    const before = browser.jar.copy()
    await browser.post('/delete-user', {})
    await t.stores()
    await browser.get('/get-session')
    await t.browser(before.copy()).get('/get-session')
    await t.browser(before.copy()).post('/delete-user', {})
    await t.browser(before.copy()).post('/update-user', { name: 'Bo' })
  },

  'passwords': async t => {
    const browser = await t.signedUp()
    for (const password of ['wrong password', 'x', ' ', `${PASSWORD} `, 'x'.repeat(128), 'x'.repeat(129), '👍'.repeat(65)]) await browser.post('/delete-user', { password })
    await browser.get('/get-session')
    await t.stores()
    await browser.post('/delete-user', { password: PASSWORD })
    await t.stores()
  },

  'an empty password is none': async t => {
    const browser = await t.signedUp()
    await browser.post('/delete-user', { password: '' })
    await t.stores()
  },

  'a session that is almost too old': async t => {
    const browser = await t.signedUp()
    await t.advance(DAY - 60)
    await browser.post('/delete-user', {})
    await t.stores()
  },

  'a session that is too old, unless there is a password': async t => {
    const browser = await t.signedUp()
    await t.advance(DAY)
    await browser.post('/delete-user', {})
    await browser.post('/delete-user', { password: '' })
    await browser.post('/delete-user', { callbackURL: '/bye' })
    await browser.post('/delete-user', { password: 'wrong password' })
    await browser.get('/get-session?disableRefresh=1')
    await t.stores()
    await browser.post('/delete-user', { password: PASSWORD })
    await t.stores()
    await browser.get('/get-session')
  },

  'a refresh makes no session fresh, a sign-in does': async t => {
    const browser = await t.signedUp()
    await t.advance(2 * DAY)
    await browser.get('/get-session')
    await browser.post('/delete-user', {})
    const again = await t.signedIn()
    await again.post('/delete-user', {})
    await browser.get('/get-session')
    await t.stores()
  },

  'tokens that nobody sent': async t => {
    const browser = await t.signedUp()
    for (const token of ['x', 'a'.repeat(32), ' ', "' or 1=1 --"]) await browser.post('/delete-user', { token })
    await browser.post('/delete-user', { token: 'x', password: PASSWORD })
    await browser.post('/delete-user', { token: 'x', password: 'wrong password' })
    await browser.post('/delete-user', { token: 'x', password: 'x'.repeat(129) })
    await t.advance(2 * DAY)
    await browser.post('/delete-user', { token: 'x' })
    await browser.post('/delete-user', { token: '' })
    await browser.get('/get-session')
    await t.stores()
  },

  'an empty token is none': async t => {
    const browser = await t.signedUp()
    await browser.post('/delete-user', { token: '', password: '', callbackURL: '/bye' })
    await t.stores()
  },

  'targets': async t => {
    const foreign = await t.signedUp()
    for (const callbackURL of ['https://evil.example', '//evil.example', 'javascript:alert(1)', 'bye']) {
      await foreign.post('/delete-user', { callbackURL })
      await t.post('/delete-user', { callbackURL }, { note: 'no cookie' })
    }
    await foreign.get('/get-session')
    for (const [i, callbackURL] of ['/bye', 'http://localhost:3000/bye', ''].entries()) {
      const browser = await t.signedUp(`user${i}`)
      await browser.post('/delete-user', { callbackURL })
    }
    await t.stores()
  },

  'fields of every type': async t => {
    const browser = await t.signedUp()
    for (const field of ['callbackURL', 'password', 'token']) {
      for (const value of [null, true, 0, [], {}]) await browser.post('/delete-user', { [field]: value })
    }
    await browser.post('/delete-user', { token: 1, password: 2, callbackURL: 3 })
    await t.post('/delete-user', { token: 1, password: 2, callbackURL: '/bye' })
    await browser.get('/get-session')
  },

  'bodies that are none': async t => {
    const browser = await t.signedUp()
    await browser.post('/delete-user', undefined)
    for (const body of [null, [], 'x', 1, true]) await browser.post('/delete-user', body)
    await browser.post('/delete-user', undefined, { body: '{bad', type: 'application/json' })
    await browser.post('/delete-user', undefined, { body: '{}', type: 'text/plain' })
    await browser.get('/get-session')
    await t.stores()
  },

  'keys that nobody asked for': async t => {
    const browser = await t.signedUp()
    const other = await t.signedUp('other')
    await browser.post('/delete-user', { id: 'x', userId: 'x', email: t.email('other'), user: { email: t.email('other') } })
    await other.get('/get-session')
    await t.stores()
  },

  'no session': async t => {
    for (const body of [{}, { password: PASSWORD }, { token: 'x' }, undefined, [], { password: 1 }]) await t.post('/delete-user', body)
    await t.browser().post('/delete-user', {})
    await t.get('/delete-user')
    const { jar } = await t.signedUp()
    const token = decodeURIComponent(jar.get('better-auth.session_token')).split('.')[0]
    for (const value of ['x', token, t.sign(token, 'another secret'), t.sign('a'.repeat(32))]) {
      await t.browser().post('/delete-user', {}, { headers: { cookie: `better-auth.session_token=${value}` } })
    }
    await t.browser(jar).get('/get-session')
    await t.stores()
  },

  'a session that has expired or ended': async t => {
    const browser = await t.signedUp()
    const ended = await t.signedIn()
    const before = ended.jar.copy()
    await ended.post('/sign-out', {})
    await t.browser(before).post('/delete-user', { password: PASSWORD })
    await t.advance(7 * DAY + 60)
    await browser.post('/delete-user', { password: PASSWORD })
    await t.stores()
  },

  'origins': async t => {
    const browser = await t.signedUp()
    for (const origin of [null, '', 'https://evil.example']) await browser.post('/delete-user', {}, { headers: { origin }, note: String(origin) })
    await browser.post('/delete-user', {}, { headers: { origin: 'null', 'sec-fetch-site': 'cross-site' }, note: 'opaque' })
    await browser.get('/get-session')
    await t.stores()
  },

  'every session of the user ends, nobody else’s': async t => {
    const browser = await t.signedUp()
    const others = [await t.signedIn(), await t.signedIn()]
    const stranger = await t.signedUp('stranger', { name: 'Dee' })
    const strangers = await t.signedIn('stranger')
    await t.stores()
    await browser.post('/delete-user', {})
    await t.stores()
    await others[0].post('/update-user', { name: 'Bo' })
    await others[1].get('/get-session')
    for (const each of [stranger, strangers]) await each.get('/get-session')
    await t.signedIn('stranger')
    await t.stores()
  },

  'the address is free again': async t => {
    const browser = await t.signedUp()
    const before = browser.jar.copy()
    await t.post('/sign-up/email', newUser(t.email()))
    await browser.post('/delete-user', { password: PASSWORD })
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
    const again = await t.signedUp('user', { name: 'Bo', password: 'another password' })
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
    await t.post('/sign-in/email', { email: t.email(), password: 'another password' })
    await again.get('/get-session')
    await t.browser(before).get('/get-session')
    await t.stores()
  },

  'a session not to be remembered, and cookies of cached data': async t => {
    const browser = await t.signedUp('user', { rememberMe: false })
    browser.jar.set('better-auth.session_data', 'x').set('better-auth.session_data.0', 'y').set('better-auth.account_data', 'a')
    await browser.post('/delete-user', { password: 'wrong password' })
    await browser.post('/delete-user', { password: PASSWORD })
    await t.stores()
  },

  'the official client': async t => {
    const { call } = t.client()
    const signUp = () => call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
    await call('deleteUser, signed out', client => client.deleteUser())
    await signUp()
    await call('deleteUser, wrong password', client => client.deleteUser({ password: 'wrong password' }))
    await call('deleteUser, bad token', client => client.deleteUser({ token: 'x' }))
    await call('deleteUser, bad callbackURL', client => client.deleteUser({ callbackURL: 'https://evil.example' }))
    await call('deleteUser', client => client.deleteUser({ password: PASSWORD, callbackURL: '/bye' }))
    await call('getSession', client => client.getSession())
    await call('signIn.email', client => client.signIn.email({ email: t.email(), password: PASSWORD }))
    await signUp()
    await call('deleteUser, no body', client => client.deleteUser())
    await signUp()
    await t.advance(2 * DAY)
    await call('deleteUser, not fresh', client => client.deleteUser())
    await t.stores()
  },
}

async function refusesToDelete(t) {
  const browser = await t.signedUp()
  for (const body of [{}, { password: PASSWORD }, { password: 'wrong password' }, { token: 'x' }, { callbackURL: '/bye' }, { callbackURL: 'https://evil.example' }, { password: 1 }, undefined, []]) {
    await browser.post('/delete-user', body)
  }
  await browser.post('/delete-user', {}, { headers: { origin: null } })
  await t.post('/delete-user', {})
  await t.advance(2 * DAY)
  await browser.post('/delete-user', {})
  await browser.get('/get-session')
  await t.stores()
  const { call } = t.client()
  await call('signIn.email', client => client.signIn.email({ email: t.email(), password: PASSWORD }))
  await call('deleteUser', client => client.deleteUser({ password: PASSWORD }))
}

async function deletesAfter(t, seconds) {
  const browser = await t.signedUp()
  await t.advance(seconds)
  await browser.post('/delete-user', {})
  await t.stores()
}

export default [
  { options: DEFAULTS, scenarios: { 'not enabled': refusesToDelete } },
  { options: deletion({ user: { deleteUser: { enabled: false } } }), scenarios: { 'disabled': refusesToDelete } },
  { options: deletion(), scenarios: deleting },
  {
    options: deletion({ session: { freshAge: 0 } }),
    scenarios: {
      'every session is fresh': t => deletesAfter(t, 6 * DAY),
      'every session is fresh, but a wrong password is wrong': async t => {
        const browser = await t.signedUp()
        await t.advance(2 * DAY)
        await browser.post('/delete-user', { password: 'wrong password' })
        await t.stores()
      },
    },
  },
  {
    options: deletion({ session: { freshAge: 600 } }),
    scenarios: {
      'fresh for ten minutes': t => deletesAfter(t, 540),
      'not fresh after ten minutes': t => deletesAfter(t, 600),
    },
  },
  {
    options: deletion({ session: { updateAge: 0 } }),
    scenarios: {
      'update and delete where each look refreshes': async t => {
        const browser = await t.signedUp()
        await t.advance(60)
        await browser.post('/update-user', { name: 'Bo' })
        await t.advance(60)
        await browser.post('/delete-user', { password: 'wrong password' })
        await browser.get('/get-session?disableRefresh=1')
        await browser.post('/delete-user', {})
      },
    },
  },
  {
    options: { ...advanced({ useSecureCookies: true }), user: { deleteUser: { enabled: true } }, basePath: '/custom/path' },
    basePath: '/custom/path',
    scenarios: {
      'update and delete with secure cookies and a base path': async t => {
        const browser = await t.signedUp('user', { rememberMe: false })
        await browser.post('/update-user', { name: 'Bo' })
        await browser.get('/get-session')
        await browser.post('/delete-user', {})
        await t.stores()
      },
    },
  },
]
