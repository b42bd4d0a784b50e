import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

/** One value of every kind that JSON has. */
const VALUES = [null, true, false, 0, 1, -1.5, 1e21, '', ' ', 'x', [], ['x'], {}, { a: 1 }]

/** A body with one field replaced, or left out for `undefined`. */
const withField = (body, field, value) => ({ ...body, [field]: value })

export default [
  {
    options: DEFAULTS,
    scenarios: Object.fromEntries([
      ...['name', 'email', 'password', 'image', 'callbackURL', 'rememberMe'].map(field => [
        `sign-up: ${field} of every type`,
        async t => {
          for (const [i, value] of [undefined, ...VALUES].entries()) {
            await t.post('/sign-up/email', withField(newUser(t.email(`user${i}`)), field, value))
          }
        },
      ]),
      ...['email', 'password', 'callbackURL', 'rememberMe'].map(field => [
        `sign-in: ${field} of every type`,
        async t => {
          const user = { email: t.email(), password: PASSWORD }
          await t.post('/sign-up/email', { name: 'Ann', ...user })
          for (const value of [undefined, ...VALUES]) await t.post('/sign-in/email', withField(user, field, value))
        },
      ]),
      ...['callbackURL', 'disableRedirect', 'state'].map(field => [
        `sign-out: ${field} of every type`,
        async t => {
          for (const value of [undefined, ...VALUES]) await t.post('/sign-out', { [field]: value })
        },
      ]),
      [
        'several fields at fault: all are named, in order',
        async t => {
          await t.post('/sign-up/email', {})
          await t.post('/sign-up/email', { password: '', email: 'bad', name: 1, image: 1, callbackURL: {}, rememberMe: 'x' })
          await t.post('/sign-up/email', { rememberMe: 'x', image: null, callbackURL: null, name: 'A', email: 'bad', password: 'x' })
          await t.post('/sign-up/email', { email: 'bad', password: '' })
          await t.post('/sign-in/email', { rememberMe: 0, callbackURL: '', password: null, email: [] })
          await t.post('/sign-in/email', { email: 1, password: 2, callbackURL: null, rememberMe: null })
          await t.post('/sign-out', { state: 1, disableRedirect: 1, callbackURL: '' })
        },
      ],
      [
        'keys that nobody asked for are ignored',
        async t => {
          const extra = {
            id: 'mine', emailVerified: true, createdAt: '2000-01-01T00:00:00.000Z', updatedAt: 0, role: 'admin', banned: false, token: 'x', userId: 'y', issuer: 'z', 'a b': 1, 'é': 2, user: { id: 1 },
          }
          await t.post('/sign-up/email', { ...newUser(t.email()), ...extra })
          await t.post('/sign-in/email', { ...extra, email: t.email(), password: PASSWORD })
          await t.post('/sign-out', extra)
          await t.stores()
        },
      ],
      [
        'each field that a client must not set is ignored, one by one',
        async t => {
          for (const [i, [key, value]] of Object.entries({ id: 'x', emailVerified: true, createdAt: 1, updatedAt: '2000-01-01', accounts: [], sessions: [] }).entries()) {
            await t.post('/sign-up/email', newUser(t.email(`user${i}`), { [key]: value }))
          }
          for (const [i, value] of [false, 0, '', null].entries()) {
            await t.post('/sign-up/email', newUser(t.email(`falsy${i}`), { emailVerified: value, id: value, createdAt: value }))
          }
        },
      ],
      [
        'origin comes before validation, validation before everything else',
        async t => {
          await t.post('/sign-up/email', {}, { headers: { cookie: 'a=b', origin: 'https://evil.example' } })
          await t.post('/sign-up/email', {}, { headers: { origin: 'https://evil.example' }, note: 'no cookie' })
          await t.post('/sign-up/email', { callbackURL: 'https://evil.example' })
          await t.post('/sign-in/email', { callbackURL: 'https://evil.example' })
          await t.post('/sign-out', { callbackURL: 'https://evil.example', disableRedirect: 1 })
          await t.post('/sign-out', {}, { headers: { cookie: 'a=b', origin: 'https://evil.example' } })
          await t.post('/sign-up/email', undefined, { body: '{bad', type: 'application/json', headers: { cookie: 'a=b', origin: 'https://evil.example' } })
          await t.post('/sign-up/email', undefined, { body: 'x', type: 'text/plain', headers: { cookie: 'a=b', origin: 'https://evil.example' } })
        },
      ],
      [
        'names are kept as they come',
        async t => {
          const names = ['', ' ', ' Ann ', 'Ann\nLee', '<script>', 'a'.repeat(1000), 'Ünï cödé', '👩‍👩‍👧', '\u0000', '"\\/\b\f\n\r\t', '\u2028\u2029', '\u007f\u0080', '‮x', 'e\u0301', '\ufeffx']
          for (const [i, name] of names.entries()) await t.post('/sign-up/email', newUser(t.email(`user${i}`), { name }))
        },
      ],
      [
        'images are kept as they come',
        async t => {
          for (const [i, image] of ['https://example.com/a.png', 'javascript:alert(1)', 'data:image/png;base64,AA', '/a.png', 'x', ''].entries()) {
            await t.post('/sign-up/email', newUser(t.email(`user${i}`), { image }))
          }
        },
      ],
      [
        'queries of get-session',
        async t => {
          for (const query of [
            '?disableRefresh=', '?disableRefresh=true', '?disableRefresh=false', '?disableRefresh=1&disableRefresh=2', '?disableCookieCache=x', '?disableCookieCache[]=x', '?x=1', '?disableRefresh[a]=1', '?disableCookieCache=%00',
          ]) {
            await t.get(`/get-session${query}`)
          }
        },
      ],
    ]),
  },
]
