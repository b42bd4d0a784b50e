import { oneTimeTokenClient } from 'better-auth/client/plugins'
import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

const GENERATE = '/one-time-token/generate'
const VERIFY = '/one-time-token/verify'

const withOptions = options => ({ ...DEFAULTS, plugins: [{ id: 'one-time-token', ...options }] })

/** Signs up with a browser of its own. */
async function signedIn(t, who, changes) {
  const browser = t.browser()
  const { json } = await browser.post('/sign-up/email', newUser(t.email(who), changes))
  return { browser, session: json.token }
}

const generate = async browser => (await browser.get(GENERATE)).json.token

async function handOver(t) {
  const { browser } = await signedIn(t)
  const token = await generate(browser)
  await t.stores()
  const other = t.browser()
  await other.post(VERIFY, { token })
  await other.get('/get-session')
  await other.post(VERIFY, { token }, { note: 'once more' })
  await t.stores()
  await other.post('/sign-out', {})
  await browser.get('/get-session')
}

export default [
  {
    options: withOptions({}),
    scenarios: {
      'a session is handed over once': handOver,
      'signed out': async t => {
        await t.get(GENERATE)
        await t.browser().get(GENERATE, { headers: { cookie: `better-auth.session_token=${t.sign('a'.repeat(32))}` } })
        await t.browser().get(GENERATE, { headers: { cookie: `better-auth.session_token=${'a'.repeat(32)}.x` } })
      },
      'what is no token': async t => {
        const { session } = await signedIn(t)
        for (const token of ['', 'x', 'a'.repeat(32), session, `one-time-token:${'a'.repeat(32)}`, 'é', ' ']) await t.post(VERIFY, { token })
        for (const body of [{}, { token: null }, { token: 1 }, { token: ['x'] }, 'x', undefined]) await t.post(VERIFY, body)
        await t.get(VERIFY)
        await t.post(GENERATE, {})
      },
      'tokens expire': async t => {
        const { browser } = await signedIn(t)
        const [early, late] = [await generate(browser), await generate(browser)]
        await t.advance(120)
        await t.post(VERIFY, { token: early })
        await t.advance(120)
        await t.post(VERIFY, { token: late })
        await t.post(VERIFY, { token: late }, { note: 'once more' })
      },
      'the session ended meanwhile': async t => {
        const { browser } = await signedIn(t)
        const token = await generate(browser)
        await browser.post('/sign-out', {})
        await t.post(VERIFY, { token })
        await t.stores()
      },
      'the browser has another session': async t => {
        const { browser } = await signedIn(t, 'one')
        const other = await signedIn(t, 'two', { rememberMe: false })
        const token = await generate(browser)
        await other.browser.post(VERIFY, { token })
        await other.browser.get('/get-session')
        // The session that no cookie carries any more has ended.
        const rows = session => ({ body: JSON.stringify({ user: 2, session, account: 2, verification: 0 }) })
        await t.stores({ name: 'sign-in-replaces-session', reference: rows(2), hallpass: rows(1) })
      },
      'the browser has the same session': async t => {
        const { browser } = await signedIn(t)
        await browser.post(VERIFY, { token: await generate(browser) })
        await browser.get('/get-session')
        await t.stores()
      },
      'foreign pages': async t => {
        const { browser } = await signedIn(t)
        const [one, two, three] = [await generate(browser), await generate(browser), await generate(browser)]
        const evil = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }
        await t.browser().post(VERIFY, { token: one }, { headers: { ...evil, cookie: 'a=b' } })
        await t.post(VERIFY, { token: 'x' }, {
          headers: evil,
          differs: {
            name: 'one-time-token-own-pages',
            reference: { status: 400, statusText: 'Bad Request', body: '{"message":"Invalid token"}' },
            hallpass: { status: 403, statusText: 'Forbidden', body: '{"message":"Invalid origin","code":"INVALID_ORIGIN"}' },
          },
        })
        await t.post(VERIFY, { token: two }, { headers: { origin: t.origin, 'sec-fetch-site': 'same-origin' } })
        await t.post(VERIFY, { token: three }, { note: 'no browser' })
      },
      'as form': async t => {
        await t.post(VERIFY, undefined, { type: 'application/x-www-form-urlencoded', body: 'token=x' })
      },
      'many at once': async t => {
        const { browser } = await signedIn(t)
        const token = await generate(browser)
        await t.together(Array.from({ length: 16 }, () => ['POST', VERIFY, { json: { token } }]))
        await t.stores()
      },
      'the official client': async t => {
        const one = t.client({ plugins: [oneTimeTokenClient()] })
        const two = t.client({ plugins: [oneTimeTokenClient()] })
        await one.call('generate, signed out', client => client.oneTimeToken.generate())
        await one.call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
        const { data } = await one.call('generate', client => client.oneTimeToken.generate())
        await two.call('verify', client => client.oneTimeToken.verify({ token: data.token }))
        await two.call('getSession', client => client.getSession())
        await two.call('verify, again', client => client.oneTimeToken.verify({ token: data.token }))
      },
    },
  },
  {
    options: withOptions({ storeToken: 'hashed' }),
    scenarios: { 'stored hashed': handOver },
  },
  {
    options: { ...withOptions({ expiresIn: 60 * 24 * 30 }) },
    scenarios: {
      'the session expires first': async t => {
        const { browser } = await signedIn(t)
        const token = await generate(browser)
        await t.advance(8 * 86_400)
        await t.post(VERIFY, { token }, {
          differs: {
            name: 'one-time-token-cookie-after-checks',
            reference: { cookies: ['better-auth.session_token=<signed><token#1>; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax'] },
            hallpass: { cookies: [] },
          },
        })
        await t.stores()
      },
    },
  },
  {
    options: withOptions({ disableClientRequest: true }),
    scenarios: {
      'clients may not ask': async t => {
        const { browser } = await signedIn(t)
        await browser.get(GENERATE)
        await t.get(GENERATE)
      },
    },
  },
  {
    options: withOptions({ disableSetSessionCookie: true }),
    scenarios: {
      'no cookie is set': async t => {
        const { browser } = await signedIn(t)
        await t.browser().post(VERIFY, { token: await generate(browser) })
      },
    },
  },
  {
    options: withOptions({ setOttHeaderOnNewSession: true }),
    scenarios: {
      'a token in a header': async t => {
        const browser = t.browser()
        const up = await browser.post('/sign-up/email', newUser(t.email()))
        await t.post(VERIFY, { token: up.headers['set-ott'] })
        await browser.post('/update-user', { name: 'B' })
        await browser.get('/get-session')
        await t.advance(2 * 86_400)
        await browser.get('/get-session')
        await browser.post('/sign-in/email', { email: t.email(), password: 'wrong password' })
        await browser.post('/sign-out', {})
      },
    },
  },
  {
    options: { ...DEFAULTS, plugins: [{ id: 'one-time-token', setOttHeaderOnNewSession: true }, { id: 'bearer' }, { id: 'multi-session' }] },
    scenarios: {
      'with bearer and multi-session': async t => {
        const one = await signedIn(t, 'one')
        const two = await signedIn(t, 'two')
        await two.browser.post(VERIFY, { token: await generate(one.browser) })
        await two.browser.get('/multi-session/list-device-sessions')
        await t.stores()
      },
    },
  },
]
