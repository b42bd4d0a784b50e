import { customSessionClient } from 'better-auth/client/plugins'
import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

// What both servers make of a session: `{ greeting, session, user: { …, shout } }`.
const withOptions = (options, more = {}) => ({ ...DEFAULTS, ...more, plugins: [{ id: 'custom-session', ...options }, { id: 'multi-session' }, { id: 'bearer' }] })
const LIST = '/multi-session/list-device-sessions'

/** What `POST /get-session` answers: with better-auth there is no such route any more. */
const post = (status, statusText, body) => ({
  name: 'custom-session-refreshes',
  reference: { status: 404, statusText: 'Not Found', body: '' },
  hallpass: { status, statusText, body, headers: { 'content-type': 'application/json', pragma: 'no-cache' } },
})
const notDeferred = () => post(405, 'Method Not Allowed', '{"message":"POST method requires deferSessionRefresh to be enabled in session config","code":"METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED"}')
const deferred = t =>
  post(200, 'OK', `{"greeting":"Hello Ann","session":{"expiresAt":"<start+604800s>","token":"<token#1>","createdAt":"<start+0s>","updatedAt":"<start+0s>","ipAddress":"203.0.113.9","userAgent":"wire/1","userId":"<id#1>","id":"<id#2>"},"user":{"name":"Ann","email":"${t.email()}","emailVerified":false,"image":null,"createdAt":"<start+0s>","updatedAt":"<start+0s>","id":"<id#1>","shout":"ANN"}}`)

async function journey(t, differs = notDeferred) {
  const browser = t.browser()
  await browser.get('/get-session')
  const { json } = await browser.post('/sign-up/email', newUser(t.email()))
  await browser.get('/get-session')
  await browser.get('/get-session?disableRefresh=true')
  await browser.get('/get-session?disableCookieCache=1')
  await browser.post('/get-session', {}, { differs: differs(t) })
  await t.get('/get-session', { headers: { authorization: `Bearer ${json.token}` } })
  await browser.get(LIST)
  await browser.get('/list-sessions')
  await browser.post('/update-user', { name: 'Bob' })
  await browser.get('/get-session')
  await t.advance(2 * 86_400)
  await browser.get('/get-session')
  await browser.post('/sign-out', {})
  await browser.get('/get-session')
  await browser.get(LIST)
  await t.browser().get('/get-session', { headers: { cookie: `better-auth.session_token=${t.sign('a'.repeat(32))}` } })
}

export default [
  { options: withOptions({}), scenarios: { 'a session of the app’s making': t => journey(t) } },
  { options: withOptions({ shouldMutateListDeviceSessionsEndpoint: true }), scenarios: { 'lists too': t => journey(t) } },
  { options: withOptions({}, { session: { deferSessionRefresh: true } }), scenarios: { 'deferred refresh': t => journey(t, deferred) } },
  { options: withOptions({}, { session: { cookieCache: { enabled: true } } }), scenarios: { 'cookie cache': t => journey(t) } },
  {
    options: withOptions({}),
    scenarios: {
      'the official client': async t => {
        const { call } = t.client({ plugins: [customSessionClient()] })
        await call('getSession, signed out', client => client.getSession())
        await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
        await call('getSession', client => client.getSession())
      },
    },
  },
]
