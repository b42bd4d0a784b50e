import { jwtClient } from 'better-auth/client/plugins'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

const DAY = 86_400
const jwt = (options = {}, changes = {}) => ({ ...DEFAULTS, ...changes, plugins: [{ id: 'jwt', ...options }] })

/** What a service of another make says of a token, by the JWKS of the server. */
async function verified(t, jwks, token, { issuer = t.origin, audience = t.origin } = {}) {
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks), { issuer, audience, currentDate: new Date(t.now) })
  if (payload.sub === undefined || payload.exp === undefined || protectedHeader.kid === undefined) throw new Error('a token without subject, end or key')
}

async function journey(t) {
  const jwks = (await t.get('/jwks')).json
  const browser = t.browser()
  await browser.get('/token')
  await browser.get('/get-session')
  await browser.post('/sign-up/email', newUser(t.email(), { image: 'https://example.com/ann.png' }))
  const session = await browser.get('/get-session')
  const token = await browser.get('/token')
  await verified(t, jwks, session.headers['set-auth-jwt'])
  await verified(t, jwks, token.json.token)
  await t.advance(3600)
  await browser.get('/token')
  await browser.post('/update-user', { name: 'B' })
  await browser.get('/token')
  await browser.get('/get-session')
  await t.advance(2 * DAY)
  await browser.get('/get-session')
  await t.get('/jwks')
  await browser.post('/sign-out', {})
  await browser.get('/token')
  await browser.get('/get-session')
  await t.stores()
}

async function rotation(t) {
  const first = (await t.get('/jwks')).json
  const browser = await t.signedUp()
  const { token } = (await browser.get('/token')).json
  await verified(t, first, token)
  await t.advance(3600)
  // Nobody needs a new key yet.
  await t.get('/jwks')
  const next = (await browser.get('/token')).json.token
  const both = (await t.get('/jwks')).json
  await verified(t, both, next)
  if (both.keys.length !== 2) throw new Error(`${both.keys.length} keys`)
  await t.advance(1800)
  await browser.get('/get-session')
  await t.get('/jwks')
  await t.advance(1800)
  await browser.get('/get-session')
  await t.get('/jwks')
  await t.advance(3600)
  await browser.get('/get-session')
  await t.get('/jwks')
}

async function basics(t) {
  const browser = await t.signedUp()
  const { token } = (await browser.get('/token')).json
  await browser.get('/get-session')
  const { json } = await t.get('/jwks')
  if (json?.keys) await verified(t, json, token)
}

async function requests(t) {
  for (const path of ['/jwks', '/token']) {
    await t.get(`${path}/`)
    await t.post(path, {})
    await t.request('HEAD', t.base + path)
    await t.get(`${path}?x=1`)
    await t.get(path, { headers: { cookie: 'better-auth.session_token=x' } })
    await t.get(path, { headers: { origin: 'https://evil.example' } })
  }
  const browser = await t.signedUp()
  await browser.get('/token', { headers: { origin: 'https://evil.example' } })
  await browser.get('/get-session?disableRefresh=true')
  await browser.get('/get-session?disableCookieCache=true')
  await browser.post('/get-session', {})
  await t.post('/sign', {})
  await t.post('/verify', {})
  await t.post('/sign-jwt', { payload: {} })
}

export default [
  {
    options: jwt(),
    scenarios: {
      'tokens of a session': journey,
      'requests that are not as usual': requests,
      'the official client': async t => {
        const { call } = t.client({ plugins: [jwtClient()] })
        await call('jwks', client => client.jwks())
        await call('token, signed out', client => client.token())
        await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
        await call('token', client => client.token())
        let carried
        await call('getSession', client => client.getSession({ fetchOptions: { onSuccess: ({ response }) => { carried = response.headers.get('set-auth-jwt') } } }))
        await verified(t, (await t.get('/jwks')).json, carried)
      },
    },
  },
  {
    options: jwt({ jwks: { rotationInterval: 3600, gracePeriod: 3600 } }),
    scenarios: { rotation },
  },
  {
    options: jwt({ jwks: { keyPairConfig: { alg: 'ES256' } }, jwt: { issuer: 'https://auth.example.com', audience: ['api', 'files'], expirationTime: '1h' } }),
    scenarios: {
      'ES256, for others than the server': async t => {
        const browser = await t.signedUp()
        const { token } = (await browser.get('/token')).json
        const { json } = await t.get('/jwks')
        await verified(t, json, token, { issuer: 'https://auth.example.com', audience: 'files' })
      },
    },
  },
  { options: jwt({ jwks: { keyPairConfig: { alg: 'RS256', modulusLength: 2048 } } }), scenarios: { RS256: basics } },
  { options: jwt({ jwks: { keyPairConfig: { alg: 'EdDSA', crv: 'Ed25519' } }, jwt: { audience: 'api' }, disableSettingJwtHeader: true }), scenarios: {
    'no token beside the session': async t => {
      const browser = await t.signedUp()
      await browser.get('/get-session')
      await browser.get('/token')
    },
  } },
  {
    options: jwt({ jwks: { jwksPath: '/.well-known/jwks.json' } }),
    jwksPath: '/.well-known/jwks.json',
    scenarios: {
      'another path': async t => {
        await t.get('/jwks')
        await t.get('/.well-known/jwks.json')
        const browser = await t.signedUp()
        await browser.get('/token')
      },
    },
  },
  {
    options: jwt({}, { baseURL: 'http://localhost:3000/api/v1/auth' }),
    basePath: '/api/v1/auth',
    scenarios: { 'a base URL with a path': basics },
  },
  {
    options: jwt({ jwks: { remoteUrl: 'https://keys.example.com/jwks', keyPairConfig: { alg: 'EdDSA' } } }),
    scenarios: { 'keys published elsewhere': t => t.get('/jwks') },
  },
  {
    options: { ...DEFAULTS, plugins: [{ id: 'jwt' }, { id: 'bearer' }, { id: 'multi-session' }] },
    scenarios: {
      'beside bearer': async t => {
        const up = await t.post('/sign-up/email', newUser(t.email()))
        const headers = { authorization: `Bearer ${up.json.token}` }
        await t.get('/get-session', { headers })
        const { json } = await t.get('/token', { headers })
        // A token of this kind is no session.
        await t.get('/get-session', { note: 'with the JWT', headers: { authorization: `Bearer ${json.token}` } })
        await t.advance(2 * DAY)
        await t.get('/get-session', { headers })
      },
    },
  },
]
