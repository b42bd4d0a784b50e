import { CHEAP_PASSWORDS, DEFAULTS, SESSION_FIELDS, USER_FIELDS } from '../harness/options.mjs'

const PLAIN = { ...DEFAULTS, emailAndPassword: CHEAP_PASSWORDS }
const emailAndPassword = changes => ({ ...PLAIN, emailAndPassword: { ...PLAIN.emailAndPassword, ...changes } })
const session = changes => ({ ...PLAIN, session: changes })

const plugin = entry => ({ ...PLAIN, plugins: [entry] })
const MAILS = { ...emailAndPassword({ sendResetPassword: true, revokeSessionsOnPasswordReset: true }), emailVerification: { sendVerificationEmail: true }, user: { changeEmail: { enabled: true }, deleteUser: { enabled: true, sendDeleteAccountVerification: true } } }
const FIELDS = { user: { ...MAILS.user, additionalFields: USER_FIELDS }, session: { additionalFields: SESSION_FIELDS } }
const STORED = { secondaryStorage: 'memory' }
const STORED_TWICE = { ...STORED, session: { storeSessionInDatabase: true }, verification: { storeInDatabase: true } }
const CODES = { ...emailAndPassword({ sendResetPassword: true, revokeSessionsOnPasswordReset: true }), plugins: [{ id: 'email-otp', changeEmail: { enabled: true } }] }
const verification = changes => ({ ...PLAIN, emailVerification: { sendVerificationEmail: true, ...changes } })

const KEPT_CODES = { ...CODES, plugins: [...CODES.plugins, { id: 'magic-link' }, { id: 'one-time-token' }, { id: 'multi-session' }] }

/** The options under which endpoints are tried, by the name that the table of endpoints uses. */
export const CONFIGURATIONS = {
  plain: PLAIN,
  off: { ...PLAIN, emailAndPassword: undefined },
  'no sign-up': emailAndPassword({ disableSignUp: true }),
  'verified addresses only': emailAndPassword({ requireEmailVerification: true }),
  'no session at sign-up': emailAndPassword({ autoSignIn: false }),
  'logins stored': { ...emailAndPassword({ autoSignIn: false }), plugins: [{ id: 'last-login-method', storeInDatabase: true }] },
  'long passwords': emailAndPassword({ minPasswordLength: 20, maxPasswordLength: 30 }),
  'short sessions': session({ expiresIn: 3600, updateAge: 600, freshAge: 300 }),
  'never stale': session({ freshAge: 0 }),
  'no refresh': session({ disableSessionRefresh: true }),
  'refresh by POST': session({ deferSessionRefresh: true }),
  'password resets': emailAndPassword({ sendResetPassword: true, revokeSessionsOnPasswordReset: false, resetPasswordTokenExpiresIn: 1000 }),
  'resets that end sessions': emailAndPassword({ sendResetPassword: true, revokeSessionsOnPasswordReset: true }),
  'verification mails': verification({}),
  'verification signs in': { ...verification({ sendOnSignUp: true, sendOnSignIn: true, autoSignInAfterVerification: true, expiresIn: 1000 }), emailAndPassword: { ...PLAIN.emailAndPassword, requireEmailVerification: true } },
  'addresses may change': { ...verification({}), user: { changeEmail: { enabled: true } } },
  'new addresses get taken': { ...verification({}), user: { changeEmail: { enabled: true } } },
  'old addresses confirm': { ...verification({}), user: { changeEmail: { enabled: true, sendChangeEmailConfirmation: true } } },
  'unverified addresses change': { ...PLAIN, user: { changeEmail: { enabled: true, updateEmailWithoutVerification: true } } },
  'users leave by mail': { ...PLAIN, user: { deleteUser: { enabled: true, sendDeleteAccountVerification: true, deleteTokenExpiresIn: 1000 } } },
  'cached sessions': session({ cookieCache: { enabled: true } }),
  'cached sessions as jwt': session({ cookieCache: { enabled: true, strategy: 'jwt', maxAge: 600 } }),
  'cached sessions as jwe': session({ cookieCache: { enabled: true, strategy: 'jwe', version: '2' } }),
  'one-time tokens': plugin({ id: 'one-time-token' }),
  'one-time tokens in headers': plugin({ id: 'one-time-token', setOttHeaderOnNewSession: true }),
  'several sessions': plugin({ id: 'multi-session' }),
  usernames: plugin({ id: 'username' }),
  'magic links': plugin({ id: 'magic-link' }),
  codes: CODES,
  'codes that links overtake': CODES,
  'anonymous users': plugin({ id: 'anonymous' }),
  'anonymous users get addresses': { ...plugin({ id: 'anonymous' }), user: { changeEmail: { enabled: true, updateEmailWithoutVerification: true } } },
  tokens: plugin({ id: 'jwt' }),
  'stored sessions': { ...MAILS, ...STORED },
  'sessions stored twice': { ...MAILS, ...STORED_TWICE },
  'recorded sessions': { ...MAILS, ...STORED, session: { storeSessionInDatabase: true, preserveSessionInDatabase: true } },
  'stored codes': { ...KEPT_CODES, ...STORED },
  'codes stored twice': { ...KEPT_CODES, ...STORED_TWICE },
  'more fields': { ...MAILS, ...FIELDS },
  'more fields stored': { ...MAILS, ...FIELDS, ...STORED },
  'own fields': { ...PLAIN, ...FIELDS },
  'own fields stored': { ...PLAIN, ...FIELDS, ...STORED },
  'several hosts': { ...MAILS, baseURL: { allowedHosts: ['localhost:3000', 'app.localhost:3000', '*.wild.localhost'], fallback: 'http://localhost:3000', protocol: 'http' } },
  'two accounts': PLAIN,
  'every account may go': { ...PLAIN, account: { accountLinking: { allowUnlinkingAll: true } } },
  'users may leave': { ...PLAIN, user: { deleteUser: { enabled: true } } },
}
