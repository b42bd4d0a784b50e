import { magicLinkClient } from 'better-auth/client/plugins'
import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

const DAY = 86_400

const linking = (more = {}, options = {}) => ({ ...DEFAULTS, ...options, plugins: [{ id: 'magic-link', ...more }] })

/** Asks for a link, and gives its token. */
async function requested(t, who, body = {}, from = t) {
  await from.post('/sign-in/magic-link', { email: t.email(who), ...body })
  const [mail] = await t.outbox()
  return mail?.token
}

const verify = (from, token, more = '', options) => from.get(`/magic-link/verify?token=${token}${more}`, options)

/** better-auth calls them all by one name here, and by their own where they are mailed. */
const foreign = Object.fromEntries(
  [['newUserCallbackURL', 'NEW_USER_CALLBACK_URL'], ['errorCallbackURL', 'ERROR_CALLBACK_URL']].map(([name, code]) => [
    name,
    {
      name: 'redirects-checked-everywhere',
      reference: { body: '{"message":"Invalid callbackURL","code":"INVALID_CALLBACK_URL"}' },
      hallpass: { body: `{"message":"Invalid ${name}","code":"INVALID_${code}"}` },
    },
  ]),
)

const ways = {
  'a new user': async t => {
    const browser = t.browser()
    const token = await requested(t, 'user', { name: 'Ann' }, browser)
    await t.stores()
    await verify(browser, token)
    await browser.get('/get-session')
    await browser.get('/list-accounts')
    await t.stores()
    await verify(t, token, '', { note: 'again' })
    await verify(t, await requested(t), '', { note: 'once more' })
    await t.stores()
  },

  'a user who is there': async t => {
    await t.post('/sign-up/email', newUser(t.email()))
    const browser = await t.signedIn()
    await t.stores()
    // The address was never proven, so nobody knows whose password that is.
    await verify(t, await requested(t, 'user', { name: 'Another name' }))
    await t.stores()
    await browser.get('/get-session', { note: 'of the session from before' })
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
    await verify(t, await requested(t), '', { note: 'the address being proven' })
    await t.stores()
  },

  'a browser that is not to be remembered': async t => {
    const browser = await t.signedUp('user', { rememberMe: false })
    const token = await requested(t, 'other', {}, browser)
    const session = seconds =>
      `"session":{"expiresAt":"<start+${seconds}s>","token":"<token#3>","createdAt":"<start+0s>","updatedAt":"<start+0s>","ipAddress":"203.0.113.9","userAgent":"wire/1","userId":"<id#2>","id":"<id#3>"}`
    const user = `"user":{"name":"","email":"${t.email('other')}","emailVerified":true,"image":null,"createdAt":"<start+0s>","updatedAt":"<start+0s>","id":"<id#2>"}`
    const differs = body => ({ name: 'unremembered-stays-short', reference: { body: body(7 * DAY) }, hallpass: { body: body(DAY) } })
    await verify(browser, token, '', { differs: differs(seconds => `{"token":"<token#3>",${user},${session(seconds)}}`) })
    await browser.get('/get-session', { differs: differs(seconds => `{${session(seconds)},${user}}`) })
  },

  'where links lead': async t => {
    const targets = '&callbackURL=%2Fhome%3Fa%3Db&newUserCallbackURL=%2Fwelcome&errorCallbackURL=%2Foops%3Fx%3Dy'
    const body = { callbackURL: '/home?a=b', newUserCallbackURL: '/welcome', errorCallbackURL: 'http://localhost:3000/oops?x=y' }
    await verify(t, await requested(t, 'one', body), targets, { note: 'new' })
    await verify(t, await requested(t, 'one', { callbackURL: '' }), targets, { note: 'there' })
    await verify(t, await requested(t, 'two'), '&callbackURL=%2Fhome', { note: 'new' })
    await verify(t, await requested(t, 'three'), '&newUserCallbackURL=%2Fwelcome', { note: 'new' })
    await verify(t, await requested(t, 'four'), '&callbackURL=', { note: 'new' })
    await verify(t, 'x', targets)
    await verify(t, 'x', '&callbackURL=%2Fhome%3Ferror%3Dold%23part')
    await verify(t, 'x', '&errorCallbackURL=http%3A%2F%2Flocalhost%3A3000%2Foops')
    await verify(t, 'x')
  },

  'foreign targets': async t => {
    for (const name of ['callbackURL', 'newUserCallbackURL', 'errorCallbackURL']) {
      await t.post('/sign-in/magic-link', { email: t.email(), [name]: 'https://evil.example/x' })
      const differs = foreign[name]
      await verify(t, 'x', `&${name}=https%3A%2F%2Fevil.example%2Fx`, { differs })
      await verify(t, 'x', `&${name}=%2F%2Fevil.example`, { differs })
    }
    await t.outbox()
  },

  'links that are none': async t => {
    const token = await requested(t)
    for (const wrong of ['', token.toLowerCase(), `${token}x`, 'a'.repeat(32), 'a', '%00', 'é']) await t.get(`/magic-link/verify?token=${wrong}`, { note: 'wrong' })
    await t.get('/magic-link/verify')
    await t.get(`/magic-link/verify?token=a&token=b`)
    await t.post('/magic-link/verify', { token })
    await verify(t, token, '', { note: 'still good' })
  },

  'a link that is too old': async t => {
    const token = await requested(t)
    await t.advance(360)
    await verify(t, token)
    const other = await requested(t)
    await t.advance(240)
    await verify(t, other)
  },

  'two links at once': async t => {
    const [one, two] = [await requested(t), await requested(t)]
    await verify(t, two)
    await verify(t, one)
  },

  'a link followed many times at once': async t => {
    const token = await requested(t)
    await t.together(Array.from({ length: 12 }, () => ['GET', `/magic-link/verify?token=${token}&callbackURL=%2Fhome`, { note: 'x' }]).map(([method, path]) => [method, path]))
    await t.stores()
  },

  bodies: async t => {
    const email = t.email()
    for (const body of [
      {},
      { email: 'bad' },
      { email: 1 },
      { email: null },
      { email, name: 1 },
      { email, name: null },
      { email, callbackURL: 1 },
      { email, metadata: 'text' },
      { email, metadata: [] },
      { email, metadata: null },
      { email, metadata: { a: { b: 1 } } },
      [],
      'text',
    ]) await t.post('/sign-in/magic-link', body)
    await t.request('POST', `${t.base}/sign-in/magic-link`, { body: `email=${encodeURIComponent(email)}`, type: 'application/x-www-form-urlencoded' })
    await t.request('POST', `${t.base}/sign-in/magic-link`)
    await t.outbox()
  },

  'an address in capitals': async t => {
    await t.post('/sign-in/magic-link', { email: t.email().toUpperCase() })
    const to = { kind: 'magic-link', to: t.email().toUpperCase(), token: '<token#1>', url: 'http://localhost:3000/api/auth/magic-link/verify?token=<token#1>&callbackURL=%2F' }
    const [{ token }] = await t.outbox({
      name: 'mail-to-the-address-as-kept',
      reference: { body: JSON.stringify([to]) },
      hallpass: { body: JSON.stringify([{ ...to, to: t.email() }]) },
    })
    await verify(t, token)
  },

  'from other origins': async t => {
    const email = t.email()
    await t.post('/sign-in/magic-link', { email }, { note: 'foreign', headers: { origin: 'https://evil.example' } })
    await t.post('/sign-in/magic-link', { email }, { note: 'foreign, no cookie', headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' } })
    await t.post('/sign-in/magic-link', { email }, { note: 'a navigation', headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' } })
    await t.post('/sign-in/magic-link', { email }, { note: 'foreign, with a cookie', headers: { origin: 'https://evil.example', cookie: 'a=b' } })
    await t.outbox()
  },

  'the official client': async t => {
    const { client, call, browser } = t.client({ plugins: [magicLinkClient()] })
    await call('signIn.magicLink', () => client.signIn.magicLink({ email: t.email(), name: 'Ann', callbackURL: '/home' }))
    const [{ token }] = await t.outbox()
    await call('magicLink.verify, wrong', () => client.magicLink.verify({ query: { token: 'x'.repeat(32) } }).catch(error => error.message))
    await call('magicLink.verify', () => client.magicLink.verify({ query: { token } }))
    await call('getSession', () => client.getSession())
    await call('signIn.magicLink, no address', () => client.signIn.magicLink({ email: 'bad' }))
    await browser.get('/get-session')
  },
}

export default [
  { options: linking(), scenarios: ways },
  {
    options: linking({ disableSignUp: true, expiresIn: 60 }),
    scenarios: {
      'nobody new': async t => {
        await verify(t, await requested(t))
        await verify(t, await requested(t), '&callbackURL=%2Fhome')
        await t.post('/sign-up/email', newUser(t.email()))
        await verify(t, await requested(t))
        const old = await requested(t)
        await t.advance(120)
        await verify(t, old)
      },
    },
  },
  {
    options: linking({}, { rateLimit: { enabled: true } }),
    scenarios: {
      limits: async t => {
        for (let i = 0; i < 6; i++) await t.post('/sign-in/magic-link', { email: 'bad' })
        for (let i = 0; i < 6; i++) await verify(t, 'x')
      },
    },
  },
  {
    options: linking({ rateLimit: { window: 10, max: 2 } }, { rateLimit: { enabled: true } }),
    scenarios: {
      'limits of one’s own': async t => {
        for (let i = 0; i < 3; i++) await t.post('/sign-in/magic-link', { email: 'bad' })
      },
    },
  },
]
