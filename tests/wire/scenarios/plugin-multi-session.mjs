import { multiSessionClient } from 'better-auth/client/plugins'
import { DEFAULTS, PASSWORD, advanced, newUser } from '../harness/options.mjs'

const plugins = [{ id: 'multi-session' }]
const options = { ...DEFAULTS, plugins }
const LIST = '/multi-session/list-device-sessions'
const ACTIVATE = '/multi-session/set-active'
const REVOKE = '/multi-session/revoke'

/** Signs up a user and gives the session's token. */
const signUp = async (t, browser, who, changes) => (await browser.post('/sign-up/email', newUser(t.email(who), changes))).json.token

const cookieOf = token => `better-auth.session_token_multi-${token.toLowerCase()}`

async function switching(t) {
  const browser = t.browser()
  const one = await signUp(t, browser, 'one')
  await browser.get(LIST)
  const two = await signUp(t, browser, 'two')
  await browser.get(LIST)
  await browser.get('/get-session')
  await browser.post(ACTIVATE, { sessionToken: one })
  await browser.get('/get-session')
  await browser.post(ACTIVATE, { sessionToken: one }, { note: 'again' })
  await browser.post(ACTIVATE, { sessionToken: two.toUpperCase() }, { note: 'in another case' })
  await browser.get('/get-session')
  await t.stores()
  const before = browser.jar.copy()
  await browser.post(REVOKE, { sessionToken: one }, { note: 'not the active one' })
  await browser.get(LIST)
  await browser.get('/get-session')
  await t.browser(before).get(LIST, { note: 'with the cookies from before' })
  await browser.post(REVOKE, { sessionToken: two }, { note: 'the last one' })
  await browser.get(LIST)
  await browser.get('/get-session')
  await t.stores()
}

export default [
  {
    options,
    scenarios: {
      'switching between users': switching,
      'revoking the active session makes the next one active': async t => {
        const browser = t.browser()
        const [one, two] = [await signUp(t, browser, 'one'), await signUp(t, browser, 'two')]
        await browser.post(REVOKE, { sessionToken: two })
        await browser.get('/get-session')
        await browser.get(LIST)
        await browser.post(REVOKE, { sessionToken: two }, { note: 'once more' })
        await browser.post(ACTIVATE, { sessionToken: two })
        await browser.post(REVOKE, { sessionToken: one })
        await t.stores()
      },
      'signing out ends them all': async t => {
        const browser = t.browser()
        await signUp(t, browser, 'one')
        await signUp(t, browser, 'two')
        const before = browser.jar.copy()
        await browser.post('/sign-out', {}, { unordered: true })
        await browser.get('/get-session')
        await t.browser(before).get(LIST, { note: 'with the cookies from before' })
        await t.stores()
      },
      'a user who signs in anew replaces their session': async t => {
        const browser = t.browser()
        await signUp(t, browser, 'one')
        await signUp(t, browser, 'two')
        await browser.post('/sign-in/email', { email: t.email('one'), password: PASSWORD })
        await browser.get(LIST)
        await t.stores()
        await browser.post('/sign-in/email', { email: t.email('one'), password: PASSWORD }, { note: 'once more' })
        await browser.get(LIST)
        await t.stores()
      },
      'nobody signed in': async t => {
        await t.get(LIST)
        await t.post(ACTIVATE, { sessionToken: 'a'.repeat(32) })
        await t.post(REVOKE, { sessionToken: 'a'.repeat(32) })
        await t.browser().get(LIST)
        await t.browser().post(ACTIVATE, { sessionToken: 'a'.repeat(32) }, { headers: { cookie: 'a=b' } })
        await t.browser().post(REVOKE, { sessionToken: 'a'.repeat(32) }, { headers: { cookie: 'a=b' } })
        for (const path of [ACTIVATE, REVOKE]) {
          for (const body of [{}, { sessionToken: 1 }, { sessionToken: '' }, { sessionToken: null }, 'x', undefined]) await t.post(path, body)
        }
      },
      'forged cookies': async t => {
        const victim = t.browser()
        const token = await signUp(t, victim, 'victim')
        const browser = t.browser()
        await signUp(t, browser, 'one')
        for (const value of [token, `${token}.x`, t.sign(token, 'another secret'), `${token}.${'A'.repeat(43)}%3D`]) {
          const forged = browser.jar.copy().set(cookieOf(token), value)
          await t.browser(forged).get(LIST)
          await t.browser(forged.copy()).post(ACTIVATE, { sessionToken: token })
          await t.browser(forged.copy()).post(REVOKE, { sessionToken: token })
        }
        const forged = browser.jar.copy().set(cookieOf(token), `${token}.${'A'.repeat(43)}%3D`)
        await t.browser(forged).post('/sign-in/email', { email: t.email('victim'), password: PASSWORD }, { note: 'as the victim, who is signed in elsewhere' })
        await t.browser(forged.copy()).post('/sign-out', {}, { unordered: true })
        await victim.get('/get-session')
        await victim.get(LIST)
        await t.stores()
      },
      'well-signed cookies of no session': async t => {
        const browser = t.browser()
        await signUp(t, browser, 'one')
        const unknown = 'a'.repeat(32)
        browser.jar.set(cookieOf(unknown), t.sign(unknown)).set(cookieOf('x'), t.sign('true')).set(cookieOf('y'), '')
        await browser.get(LIST)
        await browser.post(REVOKE, { sessionToken: 'x' })
        await browser.post(ACTIVATE, { sessionToken: unknown })
        await browser.get(LIST)
        await t.stores()
        await browser.post('/sign-out', {}, { unordered: true })
      },
      'cookies of another app': async t => {
        const other = t.browser()
        const token = await signUp(t, other, 'other')
        const browser = t.browser()
        await signUp(t, browser, 'one')
        browser.jar.set(`other.session_token_multi-${token.toLowerCase()}`, t.sign(token))
        const cookies = also => [...['session_token', 'session_data', 'dont_remember', 'session_token_multi-<token#2> in lower case'].map(name => `better-auth.${name}`), ...also].map(name => `${name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`).sort()
        await browser.post('/sign-out', {}, {
          unordered: true,
          differs: { name: 'multi-session-own-cookies', reference: { cookies: cookies(['other.session_token_multi-<token#1> in lower case']) }, hallpass: { cookies: cookies([]) } },
        })
        const rows = session => ({ body: JSON.stringify({ user: 2, session, account: 2, verification: 0 }) })
        await t.stores({ name: 'multi-session-own-cookies', reference: rows(0), hallpass: rows(1) })
      },
      'foreign origins': async t => {
        const browser = t.browser()
        const token = await signUp(t, browser, 'one')
        for (const path of [ACTIVATE, REVOKE]) await browser.post(path, { sessionToken: token }, { headers: { origin: 'https://evil.example' } })
        await browser.get('/get-session')
      },
      'sessions that expire': async t => {
        const browser = t.browser()
        const one = await signUp(t, browser, 'one')
        await t.advance(4 * 86_400)
        await signUp(t, browser, 'two')
        await t.advance(4 * 86_400)
        await browser.get(LIST)
        await browser.post(ACTIVATE, { sessionToken: one })
        await browser.get('/get-session')
        await browser.get(LIST)
        await t.stores()
      },
      'a session is kept alive': async t => {
        const browser = t.browser()
        await signUp(t, browser, 'one')
        await t.advance(2 * 86_400)
        await browser.get('/get-session')
        await browser.post('/update-user', { name: 'B' })
        await t.advance(2 * 86_400)
        await browser.get('/list-sessions')
      },
      'a session from before has its cookie when it is kept alive': async t => {
        const browser = t.browser()
        const one = await signUp(t, browser, 'one')
        browser.jar.delete(cookieOf(one))
        await browser.get(LIST)
        await browser.get('/get-session')
        await browser.post('/update-user', { name: 'B' })
        await browser.get(LIST)
        browser.jar.delete(cookieOf(one))
        await t.advance(2 * 86_400)
        await browser.get('/get-session')
        browser.jar.delete(cookieOf(one))
        await t.advance(2 * 86_400)
        await browser.post('/update-user', {}, { note: 'refused' })
        await browser.get(LIST)
      },
      'changing a password, and the user deleted': async t => {
        const browser = t.browser()
        await signUp(t, browser, 'one')
        await signUp(t, browser, 'two')
        await browser.post('/change-password', { currentPassword: PASSWORD, newPassword: 'another password', revokeOtherSessions: true })
        await browser.get(LIST)
        await t.stores()
      },
      'sessions that are not to be remembered': async t => {
        const browser = t.browser()
        const one = await signUp(t, browser, 'one')
        const unremembered = { email: t.email('two'), password: PASSWORD, rememberMe: false }
        await t.post('/sign-up/email', newUser(t.email('two')))
        const line = age => `better-auth.session_token_multi-<token#3> in lower case=<signed><token#3>;${age} Path=/; HttpOnly; SameSite=Lax`
        const cookies = age => ({ cookies: ['better-auth.session_token=<signed><token#3>; Path=/; HttpOnly; SameSite=Lax', 'better-auth.dont_remember=<signed>true; Path=/; HttpOnly; SameSite=Lax', line(age)] })
        await browser.post('/sign-in/email', unremembered, { differs: { name: 'multi-session-unremembered', reference: cookies(' Max-Age=604800;'), hallpass: cookies('') } })
        await browser.post(ACTIVATE, { sessionToken: one })
        await browser.get(LIST)
        await browser.post('/sign-in/email', { email: t.email('one'), password: PASSWORD })
        await browser.get(LIST)
      },
      'the official client': async t => {
        const { call } = t.client({ plugins: [multiSessionClient()] })
        const one = await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email('one'), password: PASSWORD }))
        await call('signUp.email', client => client.signUp.email({ name: 'Bob', email: t.email('two'), password: PASSWORD }))
        await call('listDeviceSessions', client => client.multiSession.listDeviceSessions())
        await call('setActive', client => client.multiSession.setActive({ sessionToken: one.data.token }))
        await call('getSession', client => client.getSession())
        await call('revoke', client => client.multiSession.revoke({ sessionToken: one.data.token }))
        await call('setActive, revoked', client => client.multiSession.setActive({ sessionToken: one.data.token }))
        await call('getSession', client => client.getSession())
        await call('signOut', client => client.signOut())
        await call('listDeviceSessions', client => client.multiSession.listDeviceSessions())
      },
    },
  },
  {
    options: { ...DEFAULTS, plugins: [{ id: 'multi-session', maximumSessions: 2 }] },
    scenarios: {
      'more sessions than a browser may hold': async t => {
        const browser = t.browser()
        const one = await signUp(t, browser, 'one')
        await signUp(t, browser, 'two')
        await signUp(t, browser, 'three')
        await browser.get(LIST)
        await browser.get('/get-session')
        await browser.post('/sign-in/email', { email: t.email('one'), password: PASSWORD })
        await browser.get(LIST)
        // The session that no cookie carries any more has ended.
        const rows = session => ({ body: JSON.stringify({ user: 3, session, account: 3, verification: 0 }) })
        await t.stores({ name: 'sign-in-replaces-session', reference: rows(3), hallpass: rows(2) })
      },
    },
  },
  {
    options: { ...advanced({ useSecureCookies: true, crossSubDomainCookies: { enabled: true, domain: 'localhost' } }), plugins },
    scenarios: {
      'secure cookies': async t => {
        const browser = t.browser()
        const one = await signUp(t, browser, 'one')
        const two = await signUp(t, browser, 'two')
        await browser.post(ACTIVATE, { sessionToken: one })
        await browser.post(REVOKE, { sessionToken: one })
        await browser.post('/sign-out', {}, { unordered: true })
        await t.stores()
      },
    },
  },
  {
    options: { ...DEFAULTS, plugins: [{ id: 'multi-session' }, { id: 'bearer' }] },
    scenarios: {
      'with bearer': async t => {
        const browser = t.browser()
        const one = await signUp(t, browser, 'one')
        await signUp(t, browser, 'two')
        await browser.post(ACTIVATE, { sessionToken: one })
        await t.get(LIST, { headers: { authorization: `Bearer ${one}` } })
        await t.post(REVOKE, { sessionToken: one }, { headers: { authorization: `Bearer ${one}` } })
      },
    },
  },
]
