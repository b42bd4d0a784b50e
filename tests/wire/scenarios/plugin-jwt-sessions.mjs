import { DEFAULTS } from '../harness/options.mjs'


const withJwt = changes => ({ ...DEFAULTS, ...changes, plugins: [{ id: 'jwt' }] })

/** What the harness shows of a token; `user` as a cookie's copy of it, or as a row, has its fields in order. */
const shown = claims => `<jwt {"alg":"EdDSA","kid":"<id#1>"} ${JSON.stringify(claims)}>`
const WHEN = { createdAt: '<start+0s>', updatedAt: '<start+0s>' }
const cached = (t, name = 'Ann') => ({ id: '<id#2>', ...WHEN, email: t.email(), emailVerified: false, name, image: null })
const row = (t, own = {}) => ({ name: 'Ann', email: t.email(), emailVerified: false, image: null, ...WHEN, ...own, id: '<id#2>' })
const token = (user, { exp = '<start+900s>', aud = 'http://localhost:3000' } = {}) =>
  shown({ iat: '<start+0s>', ...user, sub: '<id#2>', exp, iss: 'http://localhost:3000', aud })

/** The difference between two tokens, in the header of `/get-session` and in the answer of `/token`. */
const inHeader = (name, reference, hallpass) => {
  const side = token => ({ headers: { 'set-auth-jwt': token } })
  return { differs: { name, reference: side(reference), hallpass: side(hallpass) } }
}
const inBody = (name, reference, hallpass) => {
  const side = token => ({ body: JSON.stringify({ token }) })
  return { differs: { name, reference: side(reference), hallpass: side(hallpass) } }
}

async function signedUp(t, changes) {
  await t.get('/jwks')
  return t.signedUp('user', changes)
}

export default [
  {
    options: withJwt({ session: { cookieCache: { enabled: true, maxAge: 300 } } }),
    scenarios: {
      'a cookie of a session that was ended elsewhere': async t => {
        const ann = await signedUp(t)
        await ann.get('/get-session')
        await ann.get('/token')
        const elsewhere = await t.signedIn()
        await elsewhere.post('/revoke-other-sessions', {})
        const name = 'jwt-asks-the-store'
        await ann.get('/get-session', {
          differs: {
            name,
            reference: { headers: { 'access-control-expose-headers': 'set-auth-jwt', 'set-auth-jwt': token(cached(t)) } },
            hallpass: { headers: { 'access-control-expose-headers': undefined, 'set-auth-jwt': undefined } },
          },
        })
        const cleared = ['session_token', 'session_data', 'session_data', 'dont_remember']
        await ann.get('/token', {
          differs: {
            name,
            reference: { status: 200, statusText: 'OK', cookies: [], body: JSON.stringify({ token: token(cached(t)) }) },
            hallpass: {
              status: 401,
              statusText: 'Unauthorized',
              cookies: cleared.map(cookie => `better-auth.${cookie}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`),
              body: '{"message":"Unauthorized","code":"UNAUTHORIZED"}',
            },
          },
        })
      },
      'a cookie that tells what was': async t => {
        const ann = await signedUp(t)
        const elsewhere = await t.signedIn()
        await elsewhere.post('/update-user', { name: 'Bea' })
        const sides = ['jwt-asks-the-store', token(cached(t)), token(cached(t, 'Bea'))]
        await ann.get('/get-session', inHeader(...sides))
        await ann.get('/token', inBody(...sides))
      },
    },
  },
  {
    options: withJwt({ session: { expiresIn: 600, updateAge: 60 } }),
    scenarios: {
      'a session that ends before the token would': async t => {
        const ann = await signedUp(t)
        const sides = ['jwt-ends-with-its-session', token(row(t)), token(row(t), { exp: '<start+600s>' })]
        await ann.get('/get-session', inHeader(...sides))
        await ann.get('/token', inBody(...sides))
      },
    },
  },
  {
    options: withJwt(),
    scenarios: {
      'a key that cannot be opened': async t => {
        const ann = await signedUp(t)
        t.database.prepare('update jwks set privateKey = ?').run('"00"')
        const session = '"session":{"expiresAt":"<start+604800s>","token":"<token#1>","createdAt":"<start+0s>","updatedAt":"<start+0s>","ipAddress":"203.0.113.9","userAgent":"wire/1","userId":"<id#2>","id":"<id#3>"}'
        await ann.get('/get-session', {
          differs: {
            name: 'jwt-beside-what-is-told',
            reference: { status: 500, statusText: 'Internal Server Error', headers: { 'content-type': undefined, pragma: undefined }, body: '' },
            hallpass: { status: 200, statusText: 'OK', headers: { 'content-type': 'application/json', pragma: 'no-cache' }, body: `{${session},"user":${JSON.stringify(row(t))}}` },
          },
        })
        await ann.get('/token')
      },
    },
  },
  {
    options: withJwt({
      user: {
        additionalFields: {
          nickName: { type: 'string', required: false },
          note: { type: 'string', required: false, returned: false },
          aud: { type: 'string', required: false },
        },
      },
    }),
    scenarios: {
      'fields with the names of claims': async t => {
        const ann = await signedUp(t, { nickName: 'An', note: 'pays late', aud: 'https://elsewhere.example' })
        const user = row(t, { nickName: 'An' })
        const sides = ['jwt-claims-are-the-servers', token(row(t, { nickName: 'An', aud: 'x' }), { aud: 'https://elsewhere.example' }), token(user)]
        await ann.get('/get-session', inHeader(...sides))
        await ann.get('/token', inBody(...sides))
      },
    },
  },
]
