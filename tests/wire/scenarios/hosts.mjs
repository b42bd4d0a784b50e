import { DEFAULTS, newUser } from '../harness/options.mjs'

// Several hosts of one server, the rest counting as the fallback.
const options = {
  ...DEFAULTS,
  baseURL: { allowedHosts: ['localhost:3000', 'app.localhost:3000', '*.wild.localhost'], fallback: 'http://localhost:3000', protocol: 'http' },
}

const HOSTS = ['localhost:3000', 'app.localhost:3000', 'APP.localhost:3000', 'x.wild.localhost', 'wild.localhost', 'evil.example', 'x.wild.localhost.evil.example']
const ORIGINS = ['http://localhost:3000', 'http://app.localhost:3000', 'http://x.wild.localhost', 'http://evil.example']

export default [
  {
    options,
    scenarios: {
      'pages of every named host may ask at every host': async t => {
        for (const host of HOSTS) {
          for (const origin of ORIGINS) {
            const headers = { host, origin, cookie: 'a=b' }
            await t.post('/sign-out', {}, { headers, note: `Host ${host}, Origin ${origin}` })
          }
        }
      },
      'cookies are those of the host that was asked': async t => {
        for (const host of HOSTS) await t.post('/sign-up/email', newUser(t.email(host.replace(/[^a-z]/gi, ''))), { headers: { host }, note: `Host ${host}` })
      },
      'redirects lead to named hosts': async t => {
        await t.post('/sign-up/email', newUser(t.email()))
        for (const callbackURL of [...ORIGINS.map(origin => `${origin}/in`), '/in']) {
          const body = { email: t.email(), password: newUser('').password, callbackURL }
          await t.post('/sign-in/email', body, { headers: { host: 'app.localhost:3000' }, note: callbackURL })
        }
      },
    },
  },
]
