import { anonymousClient } from 'better-auth/client/plugins'
import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

const SIGN_IN = '/sign-in/anonymous'
const DELETE = '/delete-anonymous-user'
const withOptions = (options, more = []) => ({ ...DEFAULTS, plugins: [{ id: 'anonymous', ...options }, ...more] })

async function journey(t) {
  const browser = t.browser()
  await browser.post(SIGN_IN, {})
  await browser.get('/get-session')
  await browser.post(SIGN_IN, {}, { note: 'again' })
  await browser.post('/sign-up/email', newUser(t.email()))
  await browser.get('/get-session')
  await t.stores()
  await browser.post('/sign-out', {})
  await browser.post(SIGN_IN, undefined)
  await browser.post('/sign-in/email', { email: t.email(), password: 'wrong password' })
  await browser.get('/get-session')
  await browser.post('/sign-in/email', { email: t.email(), password: PASSWORD })
  await t.stores()
  await browser.post(DELETE, {})
}

export default [
  {
    options: withOptions({}),
    scenarios: {
      'an anonymous user becomes another': journey,
      'an anonymous user goes': async t => {
        const browser = t.browser()
        await browser.post(SIGN_IN, {})
        const before = browser.jar.copy()
        await browser.post(DELETE, {})
        await browser.get('/get-session')
        await t.browser(before).post(DELETE, {})
        await t.stores()
      },
      'signed out': async t => {
        await t.post(DELETE, {})
        await t.browser().post(DELETE, {}, { headers: { cookie: 'a=b' } })
        await t.browser().post(DELETE, {}, { headers: { cookie: `better-auth.session_token=${t.sign('a'.repeat(32))}` } })
        await t.get(SIGN_IN)
        await t.get(DELETE)
      },
      'nobody sets whether they are anonymous': async t => {
        const browser = await t.signedUp('user', { isAnonymous: true })
        await browser.post('/sign-up/email', newUser(t.email()))
        await browser.post('/update-user', { isAnonymous: true })
        await browser.post(DELETE, {})
        await browser.get('/get-session')
        await t.stores()
      },
      'what a body may hold': async t => {
        await t.post(SIGN_IN, { email: 'x', name: 'y', isAnonymous: false, id: 'z' })
        await t.request('POST', `${t.base}${SIGN_IN}`, { body: 'not JSON', type: 'application/json' })
        await t.request('POST', `${t.base}${SIGN_IN}`, { body: 'a=b', type: 'application/x-www-form-urlencoded' })
      },
      'somebody signed in becomes anonymous': async t => {
        const browser = await t.signedUp()
        await browser.post(SIGN_IN, {})
        await browser.get('/get-session')
        const rows = session => ({ body: JSON.stringify({ user: 2, session, account: 1, verification: 0 }) })
        await t.stores({ name: 'sign-in-replaces-session', reference: rows(2), hallpass: rows(1) })
      },
      'foreign pages': async t => {
        const browser = t.browser()
        await browser.post(SIGN_IN, {})
        await browser.post(DELETE, {}, { headers: { origin: 'https://evil.example' } })
        await t.browser().post(SIGN_IN, {}, { headers: { cookie: 'a=b', origin: 'https://evil.example' } })
        const user = '{"name":"Anonymous","email":"<anonymous#2>@anonymous.placeholder.invalid","emailVerified":false,"image":null,"createdAt":"<start+0s>","updatedAt":"<start+0s>","isAnonymous":true,"id":"<id#2>"}'
        await t.post(SIGN_IN, {}, {
          headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' },
          differs: {
            name: 'anonymous-own-pages',
            reference: { status: 200, statusText: 'OK', cookies: ['better-auth.session_token=<signed><token#2>; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax'], body: `{"token":"<token#2>","user":${user}}` },
            hallpass: { status: 403, statusText: 'Forbidden', cookies: [], body: '{"message":"Invalid origin","code":"INVALID_ORIGIN"}' },
          },
        })
      },
      'an anonymous session expires': async t => {
        const browser = t.browser()
        await browser.post(SIGN_IN, {})
        await t.advance(8 * 86_400)
        const expired = ['session_token', 'session_data', 'dont_remember'].map(name => `better-auth.${name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`)
        const set = ['better-auth.session_token=<signed><token#2>; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax']
        await browser.post('/sign-up/email', newUser(t.email()), { differs: { name: 'anonymous-sign-in-stays', reference: { cookies: expired }, hallpass: { cookies: set } } })
        await t.stores()
      },
      'an anonymous user is kept alive, and changes their name': async t => {
        const browser = t.browser()
        await browser.post(SIGN_IN, {})
        await browser.post('/update-user', { name: 'Ann' })
        await t.advance(2 * 86_400)
        await browser.get('/get-session')
        await browser.get('/list-accounts')
        await browser.post('/sign-up/email', newUser(t.email(), { rememberMe: false }))
        await browser.get('/get-session')
        await t.stores()
      },
      'the official client': async t => {
        const { call } = t.client({ plugins: [anonymousClient()] })
        await call('signIn.anonymous', client => client.signIn.anonymous())
        await call('getSession', client => client.getSession())
        await call('signIn.anonymous, again', client => client.signIn.anonymous())
        await call('deleteAnonymousUser', client => client.deleteAnonymousUser())
        await call('deleteAnonymousUser, signed out', client => client.deleteAnonymousUser())
        await call('signIn.anonymous', client => client.signIn.anonymous())
        await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
        await call('deleteAnonymousUser, not anonymous', client => client.deleteAnonymousUser())
      },
    },
  },
  { options: withOptions({ emailDomainName: 'example.com' }), scenarios: { 'addresses at a domain': journey } },
  {
    options: withOptions({ disableDeleteAnonymousUser: true }),
    scenarios: {
      'anonymous users are kept': async t => {
        const browser = t.browser()
        await browser.post(SIGN_IN, {})
        await browser.post(DELETE, {})
        await browser.post('/sign-up/email', newUser(t.email()))
        const rows = session => ({ body: JSON.stringify({ user: 2, session, account: 1, verification: 0 }) })
        await t.stores({ name: 'sign-in-replaces-session', reference: rows(2), hallpass: rows(1) })
        await t.post(DELETE, {})
      },
    },
  },
  {
    options: withOptions({}, [{ id: 'bearer' }]),
    scenarios: {
      'without cookies': async t => {
        const { json } = await t.post(SIGN_IN, {})
        const as = { headers: { authorization: `Bearer ${json.token}` } }
        await t.get('/get-session', as)
        await t.post(SIGN_IN, {}, as)
        await t.post('/sign-up/email', newUser(t.email()), as)
        await t.stores()
      },
    },
  },
  {
    options: { ...withOptions({}), user: { changeEmail: { enabled: true, updateEmailWithoutVerification: true } } },
    scenarios: {
      'an anonymous user with an address': async t => {
        await t.post('/sign-up/email', newUser(t.email('other')))
        const browser = t.browser()
        await browser.post(SIGN_IN, {})
        await browser.post('/change-email', { newEmail: t.email() })
        const session = '{"expiresAt":"<start+604800s>","token":"<token#2>","createdAt":"<start+0s>","updatedAt":"<start+0s>","ipAddress":"203.0.113.9","userAgent":"wire/1","userId":"<id#2>","id":"<id#3>"}'
        const shown = is => ({ body: `{"session":${session},"user":{"name":"Anonymous","email":"${t.email()}","emailVerified":false,"image":null,"createdAt":"<start+0s>","updatedAt":"<start+0s>","isAnonymous":${is},"id":"<id#2>"}}` })
        await browser.get('/get-session', { differs: { name: 'anonymous-named', reference: shown(true), hallpass: shown(false) } })
        await browser.post('/sign-in/email', { email: t.email('other'), password: PASSWORD })
        const rows = user => ({ body: JSON.stringify({ user, session: 2, account: 1, verification: 0 }) })
        await t.stores({ name: 'anonymous-named', reference: rows(1), hallpass: rows(2) })
      },
    },
  },
  {
    options: withOptions({}, [{ id: 'magic-link' }]),
    scenarios: {
      'a link that was asked for': async t => {
        const browser = t.browser()
        await browser.post(SIGN_IN, {})
        await browser.post('/sign-in/magic-link', { email: t.email() })
        const [mail] = await t.outbox()
        await browser.get(`/magic-link/verify?token=${mail.token}`)
        await browser.get('/get-session')
        await t.stores()
      },
      'somebody else’s link': async t => {
        const browser = t.browser()
        await browser.post(SIGN_IN, {})
        await t.post('/sign-in/magic-link', { email: t.email() })
        const [mail] = await t.outbox()
        await browser.get(`/magic-link/verify?token=${mail.token}`)
        await browser.get('/get-session')
        const rows = user => ({ body: JSON.stringify({ user, session: 1, account: 0, verification: 0 }) })
        await t.stores({ name: 'anonymous-mailed-links', reference: rows(1), hallpass: rows(2) })
      },
    },
  },
]
