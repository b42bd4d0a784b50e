import { DEFAULTS, PASSWORD } from '../harness/options.mjs'

const DAY = 86_400
const FIELDS = {
  theme: { type: 'string', required: false },
  step: { type: 'number', required: false },
  open: { type: 'json', required: false },
  origin: { type: 'string', required: false, input: false, defaultValue: 'web' },
  lang: { type: 'string', required: true, defaultValue: 'en' },
  secret: { type: 'string', required: false, returned: false },
}

const scenarios = {
  'a session begins with the defaults': async t => {
    const browser = await t.signedUp('user', { theme: 'dark', lang: 'de', origin: 'x' })
    await browser.get('/get-session')
    await browser.get('/list-sessions')
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD, theme: 'dark' })
  },

  'updating': async t => {
    const browser = await t.signedUp()
    await t.advance(60)
    for (const values of [{ theme: 'dark' }, { step: 2.5 }, { open: { a: [1] } }, { lang: 'de', theme: 'light' }, { secret: 'x' }, { theme: null }, { open: null, step: 0 }, { theme: 'x', unknown: 1, token: 'y', userId: 'z', expiresAt: 0 }]) {
      await browser.post('/update-session', values)
      await browser.get('/get-session')
    }
    await browser.get('/list-sessions')
    await t.stores()
  },

  'one session, and not the others': async t => {
    const browser = await t.signedUp()
    const again = await t.signedIn()
    await browser.post('/update-session', { theme: 'dark' })
    await again.get('/get-session')
    await browser.post('/sign-out', {})
    await again.post('/update-session', { theme: 'light' })
    await again.get('/get-session')
  },

  'nothing to update': async t => {
    const browser = await t.signedUp()
    for (const values of [{}, { unknown: 1 }, { token: 'x' }, { origin: null }, { origin: '' }]) await browser.post('/update-session', values)
    await browser.get('/get-session')
  },

  'what is not for clients': async t => {
    const browser = await t.signedUp()
    for (const values of [{ origin: 'x' }, { origin: 1, theme: 'x' }, { origin: '', theme: 'y' }]) {
      await browser.post('/update-session', values)
      await browser.get('/get-session')
    }
  },

  'bodies that are none': async t => {
    const browser = await t.signedUp()
    await browser.post('/update-session', undefined)
    for (const body of [null, [], ['theme'], 'theme', '', 1, 0, true, false]) await browser.post('/update-session', body)
    for (const body of ['{bad', '', ' ']) await browser.post('/update-session', undefined, { body, type: 'application/json' })
    for (const type of [undefined, 'text/plain', 'application/x-www-form-urlencoded']) {
      await browser.post('/update-session', undefined, { body: '{"theme":"x"}', type, note: String(type) })
    }
    await browser.get('/get-session')
  },

  'no session': async t => {
    await t.post('/update-session', { theme: 'x' })
    await t.post('/update-session', {})
    await t.get('/update-session')
    const browser = await t.signedUp()
    const before = browser.jar.copy()
    await browser.post('/sign-out', {})
    await t.browser(before).post('/update-session', { theme: 'x' })
  },

  'a session that has expired': async t => {
    const browser = await t.signedUp()
    await t.advance(7 * DAY + 60)
    await browser.post('/update-session', { theme: 'x' })
    await t.stores()
  },

  'origins': async t => {
    const browser = await t.signedUp()
    for (const origin of [null, 'https://evil.example']) await browser.post('/update-session', { theme: 'x' }, { headers: { origin }, note: String(origin) })
    await browser.post('/update-session', { theme: 'x', callbackURL: 'https://evil.example' })
    await browser.post('/update-session', { theme: 'x', callbackURL: '/home' })
    await browser.get('/get-session')
  },

  'a session not to be remembered': async t => {
    const browser = await t.signedUp('user', { rememberMe: false })
    await t.advance(600)
    await browser.post('/update-session', { theme: 'x' })
    await browser.get('/get-session')
  },

  'a session that is due for refresh': async t => {
    const browser = await t.signedUp()
    await t.advance(DAY)
    await browser.post('/update-session', { theme: 'x' })
    await browser.get('/get-session?disableRefresh=1')
  },

  'changing the password keeps nothing of the old session': async t => {
    const browser = await t.signedUp()
    await browser.post('/update-session', { theme: 'dark' })
    await browser.post('/change-password', { currentPassword: PASSWORD, newPassword: 'another password', revokeOtherSessions: true })
    await browser.get('/get-session')
  },

  'the official client': async t => {
    const { call } = t.client()
    await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
    await call('updateSession', client => client.updateSession({ theme: 'dark', step: 1 }))
    await call('getSession', client => client.getSession())
    await call('updateSession, nothing', client => client.updateSession({}))
  },
}

const none = {
  'no field is declared': async t => {
    const browser = await t.signedUp()
    await browser.post('/update-session', { theme: 'x' })
    await browser.post('/update-session', {})
    await browser.get('/get-session')
  },
}

export default [
  { options: { ...DEFAULTS, session: { additionalFields: FIELDS } }, scenarios },
  { name: 'none', options: DEFAULTS, scenarios: none },
]
