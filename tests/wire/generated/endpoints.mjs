import { PASSWORD, newUser } from '../harness/options.mjs'
import { PLUGIN_ENDPOINTS } from './plugin-endpoints.mjs'

/**
 * Every endpoint, and a valid request to it. `s` is the situation: `s.ann` is signed in, `s.again` is another session of
 * hers, `s.bob` somebody else; `s.fresh()` is an address that nobody has. Values may differ between the servers (`Both`).
 *
 * @typedef {object} EndpointUnderTest
 * @property {string} method @property {string} path
 * @property {string[]} [options] configurations beside `plain`
 * @property {boolean} [open] it asks for no session: tried by somebody without one, and once with
 * @property {(s: Situation) => object} [body] what is needed
 * @property {(s: Situation) => object} [more] optional fields, each tried alone and all together
 * @property {string[]} [targets] fields that hold where to go next
 * @property {(s: Situation) => object} [theirs] a body that names what is ann's, sent by bob
 * @property {string[]} [queries] query strings to try
 * @property {(s: Situation) => object} [query] what a valid request has in its query
 * @property {(s: Situation) => Promise<unknown>} [prepare] what must have happened before; a token that was mailed is then
 *   `s.mail.token`, and stands for `:token` in the path
 * @property {boolean} [inPlain] false: it is not there under `plain`, which need not be tried
 * @property {string[]} [skips] notes of cases that are not tried
 * @property {string} [home] the configuration under which all cases are tried, if not `plain`
 * @property {boolean} [ends] success ends or changes what the next case would start from
 */

/** ann has another account beside her password, which is the one that is named. */
async function hasTwoAccounts(s) {
  s.t.linkAccount(s.email, 'github')
  await s.accounts()
}

/** @type {EndpointUnderTest[]} */
export const ENDPOINTS = [
  { method: 'GET', path: '/ok', open: true, queries: ['', 'x=1'] },
  { method: 'GET', path: '/error', open: true, queries: ['', 'error=a', 'error=a%20b', 'error=', 'error=a&error_description=b', 'error=%3Cb%3E', 'error=a&error=b', 'error_description=x'] },
  {
    method: 'POST',
    path: '/sign-up/email',
    open: true,
    options: ['off', 'no sign-up', 'verified addresses only', 'no session at sign-up', 'logins stored', 'long passwords', 'verification mails', 'verification signs in', 'cached sessions'],
    body: s => ({ name: 'Cy', email: s.fresh(), password: PASSWORD }),
    more: () => ({ image: 'https://example.com/cy.png', callbackURL: '/welcome', rememberMe: false }),
    targets: ['callbackURL'],
    theirs: s => ({ name: 'Cy', email: s.email, password: 'another password' }),
  },
  {
    method: 'POST',
    path: '/sign-in/email',
    open: true,
    options: ['off', 'verified addresses only', 'long passwords', 'verification signs in', 'cached sessions', 'several sessions'],
    body: s => ({ email: s.email, password: PASSWORD }),
    more: () => ({ callbackURL: '/welcome', rememberMe: false }),
    targets: ['callbackURL'],
    theirs: s => ({ email: s.email, password: 'another password' }),
  },
  { method: 'POST', path: '/sign-out', open: true, options: ['cached sessions', 'several sessions'], body: () => ({}), more: () => ({ callbackURL: '/bye', disableRedirect: true, state: 'x' }), targets: ['callbackURL'], ends: true },
  {
    method: 'GET',
    path: '/get-session',
    open: true,
    options: ['short sessions', 'no refresh', 'refresh by POST', 'cached sessions', 'cached sessions as jwt', 'cached sessions as jwe'],
    queries: ['', 'disableRefresh=true', 'disableRefresh=false', 'disableRefresh=', 'disableCookieCache=true', 'disableRefresh=1&disableRefresh=2', 'x=1'],
  },
  { method: 'POST', path: '/get-session', open: true, options: ['refresh by POST'], body: () => ({}) },
  { method: 'GET', path: '/list-sessions', options: ['one-time tokens in headers', 'short sessions', 'never stale', 'refresh by POST'], queries: ['', 'x=1', 'disableRefresh=true'] },
  { method: 'POST', path: '/revoke-session', options: ['short sessions', 'cached sessions', 'one-time tokens in headers'], body: s => ({ token: s.token }), theirs: s => ({ token: s.token }), ends: true },
  { method: 'POST', path: '/revoke-sessions', body: () => ({}), ends: true },
  { method: 'POST', path: '/revoke-other-sessions', body: () => ({}), ends: true },
  { method: 'POST', path: '/verify-password', options: ['short sessions', 'long passwords'], body: () => ({ password: PASSWORD }) },
  {
    method: 'POST',
    path: '/change-password',
    options: ['short sessions', 'long passwords', 'off', 'cached sessions'],
    body: () => ({ currentPassword: PASSWORD, newPassword: 'a new password of 26 chars' }),
    more: () => ({ revokeOtherSessions: true }),
    ends: true,
  },
  { method: 'POST', path: '/update-user', options: ['short sessions', 'one-time tokens in headers'], body: () => ({ name: 'Bo' }), more: () => ({ image: 'https://example.com/bo.png' }) },
  {
    method: 'POST',
    path: '/delete-user',
    options: ['users may leave', 'users leave by mail', 'cached sessions'],
    body: () => ({}),
    more: () => ({ password: PASSWORD, callbackURL: '/bye', token: 'x' }),
    targets: ['callbackURL'],
    theirs: s => ({ userId: s.ownId, password: PASSWORD }),
    ends: true,
  },
  {
    method: 'POST',
    path: '/request-password-reset',
    open: true,
    options: ['password resets', 'off'],
    home: 'password resets',
    body: s => ({ email: s.email }),
    more: () => ({ redirectTo: '/new-password' }),
    targets: ['redirectTo'],
    theirs: () => ({ email: 'nobody@example.com' }),
  },
  {
    method: 'GET',
    path: '/reset-password/:token',
    open: true,
    options: ['password resets', 'resets that end sessions'],
    home: 'password resets',
    prepare: s => s.mailed('/request-password-reset', { email: s.email }),
    query: s => ({ callbackURL: '/new-password' }),
    targets: ['callbackURL'],
  },
  {
    method: 'POST',
    path: '/reset-password',
    open: true,
    options: ['password resets', 'resets that end sessions'],
    home: 'password resets',
    prepare: s => s.mailed('/request-password-reset', { email: s.email }),
    body: s => ({ newPassword: 'another password', token: s.mail.token }),
    ends: true,
  },
  {
    method: 'POST',
    path: '/send-verification-email',
    open: true,
    options: ['verification mails', 'verification signs in'],
    home: 'verification mails',
    body: s => ({ email: s.email }),
    more: () => ({ callbackURL: '/verified' }),
    targets: ['callbackURL'],
    theirs: s => ({ email: s.email }),
  },
  {
    method: 'GET',
    path: '/verify-email',
    open: true,
    options: ['verification mails', 'verification signs in', 'addresses may change', 'old addresses confirm'],
    home: 'verification mails',
    prepare: async s => {
      await s.mailed('/send-verification-email', { email: s.email })
      await s.mailed('/change-email', { newEmail: s.fresh() })
    },
    query: s => ({ token: s.mail.token, callbackURL: '/verified' }),
    targets: ['callbackURL'],
    ends: true,
  },
  {
    method: 'POST',
    path: '/change-email',
    options: ['addresses may change', 'old addresses confirm', 'unverified addresses change'],
    home: 'addresses may change',
    body: s => ({ newEmail: s.fresh() }),
    more: () => ({ callbackURL: '/changed' }),
    targets: ['callbackURL'],
    theirs: s => ({ newEmail: s.email }),
    ends: true,
  },
  {
    method: 'GET',
    path: '/verify-email',
    open: true,
    inPlain: false,
    options: ['new addresses get taken'],
    prepare: async s => {
      const newEmail = s.fresh()
      await s.mailed('/change-email', { newEmail })
      await s.t.browser().post('/sign-up/email', newUser(newEmail))
    },
    query: s => ({ token: s.mail.token, callbackURL: '/verified' }),
    targets: ['callbackURL'],
    ends: true,
  },
  {
    method: 'GET',
    path: '/delete-user/callback',
    options: ['users may leave', 'users leave by mail'],
    home: 'users leave by mail',
    prepare: s => s.mailed('/delete-user', {}),
    query: s => ({ token: s.mail.token, callbackURL: '/bye' }),
    targets: ['callbackURL'],
    ends: true,
  },
  { method: 'POST', path: '/update-session', body: () => ({ x: 'y' }) },
  { method: 'POST', path: '/unlink-account', options: ['short sessions', 'every account may go'], body: s => ({ accountId: s.accountId }), theirs: s => ({ accountId: s.accountId }), prepare: s => s.accounts(), ends: true },
  { method: 'POST', path: '/unlink-account', inPlain: false, options: ['two accounts'], body: s => ({ accountId: s.accountId }), theirs: s => ({ accountId: s.accountId }), prepare: hasTwoAccounts, ends: true },
  { method: 'POST', path: '/sign-up/email', inPlain: false, home: 'own fields', options: ['own fields'], open: true, body: s => ({ name: 'Cy', email: s.fresh(), password: PASSWORD }), more: () => ({ nickName: 'Cyd', level: 2, note: 'hidden', role: 'owner' }) },
  { method: 'POST', path: '/update-user', inPlain: false, home: 'own fields', options: ['own fields'], body: () => ({ nickName: 'Bo' }), more: () => ({ level: 2, note: 'hidden', role: 'owner' }) },
  { method: 'POST', path: '/update-session', inPlain: false, home: 'own fields', options: ['own fields', 'own fields stored'], body: () => ({ theme: 'dark' }), more: () => ({ step: 2.5, origin: 'x' }) },
  { method: 'GET', path: '/list-accounts', options: ['short sessions'], queries: ['', 'x=1'] },
  ...PLUGIN_ENDPOINTS,
]
