import { createHash } from 'node:crypto'
import Database from 'better-sqlite3'
import { memoryStorage } from './storage.mjs'

/** Callbacks that the options file writes as `true`, with what each puts into the outbox. */
const CALLBACKS = [
  ['emailAndPassword.sendResetPassword', ({ user, url, token }) => ({ kind: 'reset-password', to: user.email, url, token })],
  ['emailAndPassword.onExistingUserSignUp', ({ user }) => ({ kind: 'existing-user-sign-up', to: user.email })],
  ['emailVerification.sendVerificationEmail', ({ user, url, token }) => ({ kind: 'verify-email', to: user.email, url, token })],
  ['user.changeEmail.sendChangeEmailConfirmation', ({ user, url, token }) => ({ kind: 'change-email', to: user.email, url, token })],
  ['user.deleteUser.sendDeleteAccountVerification', ({ user, url, token }) => ({ kind: 'delete-account', to: user.email, url, token })],
]

/** Hashing by callbacks, written `true`: a cheap one. */
const CHEAP = {
  hash: async password => createHash('sha256').update(password).digest('hex'),
  verify: async ({ hash, password }) => hash === (await CHEAP.hash(password)),
}

/** Plugins by id: the export that makes one, and its callbacks (always there unless written `true` in the file). */
const PLUGINS = {
  'magic-link': ['magicLink', [['sendMagicLink', mail => ({ kind: 'magic-link', to: mail.email, url: mail.url, token: mail.token }), 'always']]],
  'email-otp': ['emailOTP', [['sendVerificationOTP', mail => ({ kind: `${mail.type}-code`, to: mail.email, otp: mail.otp }), 'always']]],
  'two-factor': ['twoFactor', [['otpOptions.sendOTP', ({ user, otp }) => ({ kind: 'two-factor', to: user.email, otp })]]],
  organization: ['organization', [['sendInvitationEmail', mail => ({ kind: 'invitation', to: mail.email, token: mail.id })]]],
  'custom-session': ['customSession', []],
  'device-authorization': ['deviceAuthorization', []],
  'generic-oauth': ['genericOAuth', []],
  'last-login-method': ['lastLoginMethod', []],
  'multi-session': ['multiSession', []],
  'one-time-token': ['oneTimeToken', []],
  'open-api': ['openAPI', []],
  'have-i-been-pwned': ['haveIBeenPwned', []],
  captcha: ['captcha', []],
  admin: ['admin', []],
  anonymous: ['anonymous', []],
  bearer: ['bearer', []],
  jwt: ['jwt', []],
  username: ['username', []],
}

/** The options file's JSON as `betterAuth()` takes it, and the database it opened. */
export async function toBetterAuth(json, outbox) {
  const options = structuredClone(json)
  const database = openDatabase(options.database)
  if (database) options.database = database
  else delete options.database
  if (options.secondaryStorage !== undefined) {
    if (options.secondaryStorage !== 'memory') throw new Error(`secondaryStorage ${options.secondaryStorage} is not supported here`)
    options.secondaryStorage = memoryStorage()
  }
  if (options.emailAndPassword?.password?.hash === true) options.emailAndPassword.password = CHEAP
  for (const [path, toMail] of CALLBACKS) connect(options, path, toMail, outbox)
  if (options.plugins) {
    // Loaded only when needed: they make up most of better-auth, and each group of scenarios starts a server.
    const makers = await import('better-auth/plugins')
    options.plugins = options.plugins.map(entry => toPlugin(entry, makers, outbox))
  }
  options.logger ??= { disabled: !process.env.WIRE_LOG, level: 'debug' }
  return { options, database }
}

function openDatabase(url = 'memory') {
  if (url === null) return undefined
  if (url === 'memory') return new Database(':memory:')
  if (!url.startsWith('sqlite:')) throw new Error(`database ${url} is not supported here`)
  return new Database(url.slice('sqlite:'.length))
}

function toPlugin({ id, ...options }, makers, outbox) {
  if (!Object.hasOwn(PLUGINS, id)) throw new Error(`plugin ${id} is not supported here`)
  const [name, callbacks] = PLUGINS[id]
  for (const [path, toMail, always] of callbacks) {
    if (always) options[path] = true
    connect(options, path, toMail, outbox)
  }
  if (id === 'have-i-been-pwned') redirectRanges(options)
  if (id === 'custom-session') return makers.customSession(async ({ session, user, ...more }) => ({ greeting: `Hello ${user.name}`, session, user: { ...user, shout: user.name.toUpperCase() }, ...more }), undefined, options)
  return makers[name](options)
}

/** better-auth asks one address, so what is sent there is sent on to the fake. */
function redirectRanges({ rangeURLOverride }) {
  const { fetch } = globalThis
  globalThis.fetch = (url, init) => fetch(String(url).replace('https://api.pwnedpasswords.com/range/', rangeURLOverride), init)
}

/** Replaces a `true` at `path` by a callback that sends to the outbox; anything else stays. */
function connect(options, path, toMail, outbox) {
  const keys = path.split('.')
  const last = keys.pop()
  const parent = keys.reduce((value, key) => value?.[key], options)
  if (parent?.[last] !== true) return
  parent[last] = async data => void outbox.push(toMail(data))
}
