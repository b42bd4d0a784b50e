import { PASSWORD } from '../harness/options.mjs'

/** The long address may have a code of the endpoint before, by now expired; whether it is still known is each server's own matter. */
const codes = more => ({ home: 'codes', options: ['codes'], ...(more.prepare ? { skips: ['email too long'] } : {}), ...more })
const names = more => ({ home: 'usernames', options: ['usernames'], open: true, ...more })
/** better-auth signs out who signs in over a dead session: shown by hand (`anonymous-sign-in-stays`). */
const OVER_THE_DEAD = ['a token that nobody has', 'a token cut short', 'a session that has ended', 'expired']
/** A code is mailed before each case. */
const coded = type => async s => {
  await s.ann.post('/email-otp/send-verification-otp', { email: s.email, type })
  await s.look()
}

/** Somebody else has a name, which nobody else gets. */
async function takesAName(s) {
  s.taken = `taken_${s.t.length}`
  const other = await s.somebody('other')
  await other.post('/update-user', { username: s.taken })
}

/** A code to set a password is mailed, and then one is set by a link. */
async function overtaken(s) {
  await coded('forget-password')(s)
  s.code = s.mail.otp
  await s.mailed('/request-password-reset', { email: s.email })
  await s.t.post('/reset-password', { newPassword: PASSWORD, token: s.mail.token })
}

/** ann is signed in as nobody instead. */
async function isNobody(s) {
  await s.ann.post('/sign-out', {})
  await s.ann.post('/sign-in/anonymous', {})
}

/**
 * The endpoints of plugins: as `ENDPOINTS`.
 *
 * @type {import('./endpoints.mjs').EndpointUnderTest[]}
 */
export const PLUGIN_ENDPOINTS = [
  { method: 'GET', path: '/one-time-token/generate', options: ['one-time tokens'], home: 'one-time tokens' },
  { method: 'POST', path: '/one-time-token/verify', open: true, options: ['one-time tokens'], home: 'one-time tokens', prepare: s => s.oneTimeToken(), body: s => ({ token: s.mail.token }), ends: true },
  { method: 'GET', path: '/multi-session/list-device-sessions', open: true, options: ['several sessions'], home: 'several sessions' },
  { method: 'POST', path: '/multi-session/set-active', open: true, options: ['several sessions'], home: 'several sessions', body: s => ({ sessionToken: s.token }), ends: true },
  { method: 'POST', path: '/multi-session/revoke', open: true, options: ['several sessions'], home: 'several sessions', body: s => ({ sessionToken: s.token }), ends: true },
  { method: 'POST', path: '/sign-in/username', ...names({ body: s => ({ username: 'nobody', password: PASSWORD }), more: () => ({ rememberMe: false, callbackURL: '/welcome' }), targets: ['callbackURL'] }) },
  { method: 'POST', path: '/update-user', home: 'usernames', options: ['usernames'], prepare: takesAName, body: s => ({ username: s.taken }) },
  { method: 'POST', path: '/is-username-available', ...names({ body: () => ({ username: 'somebody' }) }) },
  {
    method: 'POST',
    path: '/sign-in/magic-link',
    open: true,
    home: 'magic links',
    options: ['magic links'],
    body: s => ({ email: s.email }),
    more: () => ({ name: 'Linked', callbackURL: '/home', newUserCallbackURL: '/welcome', errorCallbackURL: '/oops', metadata: { a: 1 } }),
    targets: ['callbackURL'],
  },
  {
    method: 'GET',
    path: '/magic-link/verify',
    open: true,
    home: 'magic links',
    options: ['magic links'],
    prepare: s => s.mailed('/sign-in/magic-link', { email: s.email }),
    query: s => ({ token: s.mail.token, callbackURL: '/home' }),
    targets: ['callbackURL'],
    ends: true,
  },
  { method: 'POST', path: '/email-otp/send-verification-otp', open: true, ...codes({ body: s => ({ email: s.email, type: 'sign-in' }) }) },
  { method: 'POST', path: '/email-otp/check-verification-otp', open: true, ...codes({ prepare: coded('sign-in'), body: s => ({ email: s.email, type: 'sign-in', otp: s.mail.otp }) }) },
  { method: 'POST', path: '/sign-in/email-otp', open: true, ...codes({ prepare: coded('sign-in'), body: s => ({ email: s.email, otp: s.mail.otp }), more: () => ({ name: 'Coded', image: 'https://example.com/c.png' }), ends: true }) },
  { method: 'POST', path: '/email-otp/verify-email', open: true, ...codes({ prepare: coded('email-verification'), body: s => ({ email: s.email, otp: s.mail.otp }), ends: true }) },
  { method: 'POST', path: '/email-otp/request-password-reset', open: true, ...codes({ body: s => ({ email: s.email }) }) },
  { method: 'POST', path: '/forget-password/email-otp', open: true, ...codes({ body: s => ({ email: s.email }) }) },
  { method: 'POST', path: '/email-otp/reset-password', open: true, ...codes({ prepare: coded('forget-password'), body: s => ({ email: s.email, otp: s.mail.otp, password: 'another password' }), ends: true }) },
  // A body of text is read by no rule.
  { method: 'POST', path: '/email-otp/reset-password', open: true, skips: ['with __proto__'], options: ['codes that links overtake'], prepare: overtaken, body: s => ({ email: s.email, otp: s.code, password: 'another password' }), ends: true },
  { method: 'POST', path: '/email-otp/request-email-change', ...codes({ body: s => ({ newEmail: s.fresh() }), more: () => ({ otp: '000000' }) }) },
  { method: 'POST', path: '/email-otp/change-email', ...codes({ body: s => ({ newEmail: s.fresh(), otp: '000000' }) }) },
  { method: 'POST', path: '/sign-in/anonymous', open: true, home: 'anonymous users', options: ['anonymous users'], skips: OVER_THE_DEAD, ends: true },
  { method: 'POST', path: '/change-email', options: ['anonymous users get addresses'], prepare: isNobody, body: s => ({ newEmail: s.fresh() }), ends: true },
  { method: 'POST', path: '/delete-anonymous-user', home: 'anonymous users', options: ['anonymous users'], ends: true },
  { method: 'GET', path: '/token', home: 'tokens', options: ['tokens'] },
  { method: 'GET', path: '/jwks', open: true, home: 'tokens', options: ['tokens'] },
].map(endpoint => ({ inPlain: false, ...endpoint }))
