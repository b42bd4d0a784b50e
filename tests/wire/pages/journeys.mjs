// What people do on a page. `shows` waits until the page, by `useSession`, shows who is signed in.
import { send } from '../harness/http.mjs'
import { rangeURL, solved, verifyURL } from '../harness/fakes.mjs'
import { anonymousClient, customSessionClient, emailOTPClient, jwtClient, lastLoginMethodClient, magicLinkClient, multiSessionClient, oneTimeTokenClient, usernameClient } from 'better-auth/client/plugins'

/** Gives the user of the page another name by a request that is not the page's. */
async function renamed(server, page) {
  const headers = [['host', 'localhost:3000'], ['origin', 'http://localhost:3000'], ['cookie', page.jar.header()], ['content-type', 'application/json']]
  const { status } = await send(server.port, { method: 'POST', path: '/api/auth/update-user', headers, body: JSON.stringify({ name: 'Cyd' }) })
  if (status !== 200) throw new Error(`the name was not changed: ${status}`)
}

/** Everything that a signed-in user can do without mail. */
async function core({ call, shows, email, password, page, server }) {
  await shows('nobody')
  await call('signUp.email', client => client.signUp.email({ name: 'Ann', email, password }))
  await shows(`Ann <${email}>`)
  await call('updateUser', client => client.updateUser({ name: 'Bea', image: 'https://example.com/b.png' }))
  await shows(`Bea <${email}>`)
  await call('getSession', client => client.getSession())
  await call('signOut', client => client.signOut())
  await shows('nobody')
  await call('signIn.email, wrong password', client => client.signIn.email({ email, password: 'wrong password' }))
  await shows('nobody')
  await call('signIn.email', client => client.signIn.email({ email, password }))
  await shows(`Bea <${email}>`)
  await call('listSessions', client => client.listSessions())
  const [account] = await call('listAccounts', client => client.listAccounts())
  await call('unlinkAccount, the last', client => client.unlinkAccount({ accountId: account.id }))
  await call('updateSession', client => client.updateSession({ theme: 'dark' }))
  await call('getSession, updated', client => client.getSession())
  await call('ok', client => client.$fetch('/ok'))
  // Changed where the page does not know of it: it shows that once it asks anew. The client shows what it is told last, and
  // what it asked for before the change must not come after it.
  await page.rests()
  await renamed(server, page)
  await call('useSession().refetch', async () => ({ data: void (await page.refetch({ query: { disableCookieCache: true } })), error: null }))
  await shows(`Cyd <${email}>`)
  await call('verifyPassword', client => client.$fetch('/verify-password', { method: 'POST', body: { password } }))
  await call('changePassword', client => client.changePassword({ currentPassword: password, newPassword: 'another password', revokeOtherSessions: true }))
  await shows(`Cyd <${email}>`)
  await call('revokeOtherSessions', client => client.revokeOtherSessions())
  await call('revokeSession', client => client.revokeSession({ token: 'nobody has this token' }))
  await call('revokeSessions', client => client.revokeSessions())
  await shows('nobody')
  await call('signIn.email, remember not', client => client.signIn.email({ email, password: 'another password', rememberMe: false }))
  await shows(`Cyd <${email}>`)
  await call('deleteUser', client => client.deleteUser({ password: 'another password' }))
  await shows('nobody')
  await call('signIn.email, deleted', client => client.signIn.email({ email, password: 'another password' }))
}

const MAILS = {
  emailAndPassword: { enabled: true, sendResetPassword: true },
  emailVerification: { sendVerificationEmail: true },
  user: { changeEmail: { enabled: true, sendChangeEmailConfirmation: true }, deleteUser: { enabled: true, sendDeleteAccountVerification: true } },
}

/** What goes by mail: each link's token is what the mail brought. */
async function mails({ call, shows, outbox, email, password }) {
  const token = async () => (await outbox()).at(-1).token
  await call('signUp.email', client => client.signUp.email({ name: 'Ann', email, password }))
  await shows(`Ann <${email}>`)
  await call('sendVerificationEmail', client => client.sendVerificationEmail({ email, callbackURL: '/welcome' }))
  const verification = await token()
  await call('verifyEmail', client => client.verifyEmail({ query: { token: verification } }))
  await call('sendVerificationEmail, verified', client => client.sendVerificationEmail({ email }))
  await call('requestPasswordReset', client => client.requestPasswordReset({ email, redirectTo: '/new-password' }))
  const reset = await token()
  await call('the link of the mail', client => client.$fetch(`/reset-password/${reset}`, { query: { callbackURL: '/new-password' } }))
  await call('requestPasswordReset, unknown', client => client.requestPasswordReset({ email: 'nobody@example.com', redirectTo: '/new-password' }))
  await call('resetPassword', client => client.resetPassword({ newPassword: 'another password', token: reset }))
  await call('resetPassword, again', client => client.resetPassword({ newPassword: 'a third password', token: reset }))
  await call('signIn.email', client => client.signIn.email({ email, password: 'another password' }))
  await shows(`Ann <${email}>`)
  await call('changeEmail', client => client.changeEmail({ newEmail: `new.${email}`, callbackURL: '/welcome' }))
  const confirmation = await token()
  await call('verifyEmail, at the old address', client => client.verifyEmail({ query: { token: confirmation } }))
  const change = await token()
  await call('verifyEmail, at the new address', client => client.verifyEmail({ query: { token: change } }))
  await shows(`Ann <new.${email}>`)
  await call('deleteUser', client => client.deleteUser({ callbackURL: '/goodbye' }))
  const deletion = await token()
  await call('deleteUser.callback', client => client.deleteUser.callback({ query: { token: deletion } }))
  await call('getSession', client => client.getSession())
}

async function username({ call, shows, email, password }) {
  const name = email.split('@')[0]
  await call('isUsernameAvailable', client => client.isUsernameAvailable({ username: name }))
  await call('signUp.email', client => client.signUp.email({ name: 'Ann', email, password, username: name, displayUsername: 'Ann!' }))
  await shows(`Ann <${email}>`)
  await call('isUsernameAvailable, taken', client => client.isUsernameAvailable({ username: name.toUpperCase() }))
  await call('signOut', client => client.signOut())
  await shows('nobody')
  await call('signIn.username, wrong password', client => client.signIn.username({ username: name, password: 'wrong password' }))
  await call('signIn.username', client => client.signIn.username({ username: name.toUpperCase(), password }))
  await shows(`Ann <${email}>`)
  await call('updateUser', client => client.updateUser({ username: `${name}2` }))
  await call('getSession', client => client.getSession())
}

async function magicLink({ call, shows, outbox, email }) {
  await call('signIn.magicLink', client => client.signIn.magicLink({ email, name: 'Ann', callbackURL: '/welcome' }))
  const { token } = (await outbox()).at(-1)
  await call('magicLink.verify', client => client.magicLink.verify({ query: { token } }))
  await call('getSession', client => client.getSession())
  await call('updateUser', client => client.updateUser({ name: 'Bea' }))
  await shows(`Bea <${email}>`)
  await call('magicLink.verify, again', client => client.magicLink.verify({ query: { token } }))
}

async function emailOtp({ call, shows, outbox, email, password }) {
  const otp = async () => (await outbox()).at(-1).otp
  await call('sendVerificationOtp', client => client.emailOtp.sendVerificationOtp({ email, type: 'sign-in' }))
  const first = await otp()
  await call('signIn.emailOtp, wrong', client => client.signIn.emailOtp({ email, otp: first === '000000' ? '000001' : '000000' }))
  await call('signIn.emailOtp', client => client.signIn.emailOtp({ email, otp: first }))
  await call('getSession', client => client.getSession())
  await call('sendVerificationOtp, forgotten', client => client.emailOtp.sendVerificationOtp({ email, type: 'forget-password' }))
  const reset = await otp()
  await call('checkVerificationOtp', client => client.emailOtp.checkVerificationOtp({ email, type: 'forget-password', otp: reset }))
  await call('resetPassword', client => client.emailOtp.resetPassword({ email, otp: reset, password }))
  await call('signIn.email', client => client.signIn.email({ email, password }))
  await shows(` <${email}>`)
  await call('sendVerificationOtp, of the address', client => client.emailOtp.sendVerificationOtp({ email, type: 'email-verification' }))
  const proof = await otp()
  await call('verifyEmail', client => client.emailOtp.verifyEmail({ email, otp: proof }))
  const newEmail = `new.${email}`
  await call('requestEmailChange', client => client.emailOtp.requestEmailChange({ newEmail }))
  const change = await otp()
  await call('changeEmail', client => client.emailOtp.changeEmail({ newEmail, otp: change }))
  await call('getSession, changed', client => client.getSession())
  await call('emailOtp.requestPasswordReset', client => client.emailOtp.requestPasswordReset({ email: newEmail }))
  const another = await otp()
  await call('emailOtp.resetPassword', client => client.emailOtp.resetPassword({ email: newEmail, otp: another, password: 'another password' }))
  await call('forgetPassword.emailOtp', client => client.forgetPassword.emailOtp({ email: newEmail }))
  const third = await otp()
  await call('emailOtp.resetPassword, of forgetPassword', client => client.emailOtp.resetPassword({ email: newEmail, otp: third, password }))
  await call('signIn.email, third', client => client.signIn.email({ email: newEmail, password }))
}

/** The document's own form is compared by scenarios: here that the client gets it. */
async function openApi({ call }) {
  await call('openApi.generateSchema', async client => {
    const { data, error } = await client.openApi.generateSchema()
    return { data: data && { openapi: data.openapi, paths: Object.keys(data.paths).includes('/sign-in/email') }, error }
  })
}

async function captcha({ call, shows, email, password }) {
  const fetchOptions = told => ({ headers: { 'x-captcha-response': solved(told) } })
  await call('signUp.email, no captcha', client => client.signUp.email({ name: 'Ann', email, password }))
  await call('signUp.email, not solved', client => client.signUp.email({ name: 'Ann', email, password, fetchOptions: fetchOptions({ success: false }) }))
  await shows('nobody')
  await call('signUp.email', client => client.signUp.email({ name: 'Ann', email, password, fetchOptions: fetchOptions({ success: true }) }))
  await shows(`Ann <${email}>`)
}

async function haveIBeenPwned({ call, shows, email, password }) {
  await call('signUp.email, breached', client => client.signUp.email({ name: 'Ann', email, password: 'a breached password' }))
  await shows('nobody')
  await call('signUp.email', client => client.signUp.email({ name: 'Ann', email, password }))
  await shows(`Ann <${email}>`)
  await call('changePassword, breached', client => client.changePassword({ currentPassword: password, newPassword: 'a breached password' }))
}

async function oneTimeToken({ call, shows, email, password }) {
  await call('signUp.email', client => client.signUp.email({ name: 'Ann', email, password }))
  await shows(`Ann <${email}>`)
  const { token } = await call('oneTimeToken.generate', client => client.oneTimeToken.generate())
  await call('oneTimeToken.verify', client => client.oneTimeToken.verify({ token }))
  await call('oneTimeToken.verify, again', client => client.oneTimeToken.verify({ token }))
  await shows(`Ann <${email}>`)
}

async function multiSession({ call, shows, email, password }) {
  const { token } = await call('signUp.email, Ann', client => client.signUp.email({ name: 'Ann', email, password }))
  await call('signUp.email, Bea', client => client.signUp.email({ name: 'Bea', email: `b.${email}`, password }))
  await shows(`Bea <b.${email}>`)
  await call('listDeviceSessions', client => client.multiSession.listDeviceSessions())
  await call('setActive', client => client.multiSession.setActive({ sessionToken: token }))
  await shows(`Ann <${email}>`)
  await call('revoke', client => client.multiSession.revoke({ sessionToken: token }))
  await call('signOut', client => client.signOut())
  await shows('nobody')
}

async function anonymous({ call, shows, email, password }) {
  const { user } = await call('signIn.anonymous', client => client.signIn.anonymous())
  await shows(`Anonymous <${user.email}>`)
  await call('signIn.anonymous, again', client => client.signIn.anonymous())
  await call('signUp.email', client => client.signUp.email({ name: 'Ann', email, password }))
  await shows(`Ann <${email}>`)
  await call('signOut', client => client.signOut())
  await call('signIn.anonymous, another', client => client.signIn.anonymous())
  await call('deleteAnonymousUser', client => client.deleteAnonymousUser())
}

async function jwt({ call, shows, email, password }) {
  await call('token, signed out', client => client.token())
  await call('signUp.email', client => client.signUp.email({ name: 'Ann', email, password }))
  await shows(`Ann <${email}>`)
  await call('token', client => client.token())
  await call('jwks', client => client.jwks())
}

async function bearer({ call, shows, email, password }) {
  const { token } = await call('signUp.email', client => client.signUp.email({ name: 'Ann', email, password }))
  await shows(`Ann <${email}>`)
  await call('getSession by a header', client => client.getSession({ fetchOptions: { headers: { authorization: `Bearer ${token}`, cookie: '' } } }))
  await call('getSession by a wrong one', client => client.getSession({ fetchOptions: { headers: { authorization: 'Bearer nobodys', cookie: '' } } }))
}

async function lastLoginMethod({ call, shows, email, password, page }) {
  await call('signUp.email', client => client.signUp.email({ name: 'Ann', email, password }))
  await shows(`Ann <${email}>`)
  if (page.jar.get('better-auth.last_used_login_method') !== 'email') throw new Error('the method is not in its cookie')
  document.cookie = 'better-auth.last_used_login_method=email; path=/'
  await call('isLastUsedLoginMethod', async client => ({ data: client.isLastUsedLoginMethod('email'), error: null }))
  await call('getLastUsedLoginMethod', async client => ({ data: client.getLastUsedLoginMethod(), error: null }))
  await call('clearLastUsedLoginMethod', async client => ({ data: client.clearLastUsedLoginMethod(), error: null }))
  await call('getLastUsedLoginMethod, cleared', async client => ({ data: client.getLastUsedLoginMethod(), error: null }))
  if (document.cookie.includes('last_used_login_method')) throw new Error('the method is still in its cookie')
}

async function customSession({ call, shows, email, password }) {
  await call('signUp.email', client => client.signUp.email({ name: 'Ann', email, password }))
  await shows(`Ann <${email}>`)
  await call('getSession', client => client.getSession())
}

/** Tokens as what is in them, and keys without what is random. */
function tokensOpened(text) {
  const open = part => JSON.parse(Buffer.from(part, 'base64url'))
  const seconds = (name, value) => (['iat', 'exp'].includes(name) ? 'seconds' : name === 'kid' || name === 'sub' || name === 'id' ? 'id' : /At$/.test(name) ? 'time' : value)
  return text
    .replace(/<bad signature: ([\w-]+)\.([\w-]+)\.[\w-]+>/g, (_, header, claims) => JSON.stringify([open(header), open(claims)], seconds).replaceAll('"', "'"))
    .replace(/"(x|kid)":"[^"]*"/g, '"$1":"random"')
}

const plugin = (id, clientPlugin, run, options = {}) => ({ options: { ...options, plugins: [].concat(id).map(id => (typeof id === 'string' ? { id } : id)) }, plugins: () => (clientPlugin ? [clientPlugin()] : []), run })

const coreWith = (session = {}, more = {}) => ({
  options: { user: { deleteUser: { enabled: true } }, session: { additionalFields: { theme: { type: 'string', required: false, defaultValue: 'light' } }, ...session }, ...more },
  run: core,
})

export default {
  'the core': coreWith(),
  'the core, deferred refresh': coreWith({ deferSessionRefresh: true }),
  'the core, cookie cache': coreWith({ cookieCache: { enabled: true } }),
  'the core, secondary storage': coreWith({}, { secondaryStorage: 'memory' }),
  mails: { options: MAILS, run: mails },
  username: plugin('username', usernameClient, username),
  'magic link': plugin('magic-link', magicLinkClient, magicLink),
  'e-mail codes': plugin({ id: 'email-otp', changeEmail: { enabled: true } }, emailOTPClient, emailOtp, { emailAndPassword: { enabled: true, sendResetPassword: true } }),
  captcha: plugin({ id: 'captcha', provider: 'cloudflare-turnstile', secretKey: 'the secret of the site', siteVerifyURLOverride: verifyURL }, undefined, captcha),
  'breached passwords': plugin({ id: 'have-i-been-pwned', rangeURLOverride: rangeURL }, undefined, haveIBeenPwned),
  'one-time token': plugin('one-time-token', oneTimeTokenClient, oneTimeToken),
  'multi-session': plugin('multi-session', multiSessionClient, multiSession),
  anonymous: { ...plugin('anonymous', anonymousClient, anonymous), edit: text => text.replace(/[a-z0-9]{32}@/g, '<random>@') },
  jwt: { ...plugin('jwt', jwtClient, jwt), edit: tokensOpened },
  bearer: plugin('bearer', undefined, bearer),
  'last login method': plugin('last-login-method', lastLoginMethodClient, lastLoginMethod),
  'OpenAPI': plugin('open-api', undefined, openApi),
  'custom session': plugin('custom-session', customSessionClient, customSession),
}
