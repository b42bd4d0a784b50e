import { CHEAP_PASSWORDS, DEFAULTS, SESSION_FIELDS, USER_FIELDS } from '../harness/options.mjs'
import { GUARDS } from './guards.mjs'
import { Random } from './random.mjs'
import { cacheSessions, SESSION_SWITCHES, withoutDatabase } from './session-configurations.mjs'

const MINUTE = 60
const HOUR = 3600
const DAY = 86_400

/**
 * Plugins, any of which may be there but `without` others that come before; `options` chooses theirs. Codes need mail.
 */
const FIRST = [
  { id: 'username' },
  { id: 'magic-link', options: random => some(random, 0.3, { disableSignUp: true }) },
  { id: 'email-otp', options: random => ({ expiresIn: HOUR, ...some(random, 0.3, { sendVerificationOnSignUp: true }), ...some(random, 0.3, { disableSignUp: true }), ...some(random, 0.5, { changeEmail: { enabled: true } }) }) },
  { id: 'one-time-token', options: random => some(random, 0.3, { setOttHeaderOnNewSession: true }) },
  { id: 'multi-session', options: random => some(random, 0.3, { maximumSessions: 2 }) },
  // Beside these better-auth signs out whoever has just signed in (`anonymous-sign-in-stays`), and says nothing of the new session.
  { id: 'anonymous', without: ['magic-link', 'email-otp', 'multi-session'] },
  { id: 'jwt' },
  { id: 'bearer', options: random => some(random, 0.3, { requireSignature: true }) },
  { id: 'last-login-method', options: random => some(random, 0.3, { storeInDatabase: true }) },
  { id: 'custom-session' },
]

/** Every plugin that walks have. */
export const PLUGINS = [...FIRST, ...GUARDS]

function plugins(random, sendsMail) {
  const chosen = []
  for (const { id, without, options } of FIRST) {
    const isChosen = random.chance(0.3) && !without?.some(other => chosen.some(plugin => plugin.id === other)) && (sendsMail || id !== 'email-otp')
    if (isChosen) chosen.push({ id, ...options?.(random) })
  }
  return chosen
}

function guards(random) {
  return GUARDS.filter(() => random.chance(0.2)).map(({ id, options }) => ({ id, ...options?.(random) }))
}

/** What a configuration chooses, beside plugins. */
export const SWITCHES = [
  'emailAndPassword.autoSignIn', 'emailAndPassword.requireEmailVerification', 'emailAndPassword.sendResetPassword', 'emailAndPassword.revokeSessionsOnPasswordReset', 'emailAndPassword.resetPasswordTokenExpiresIn', 'emailAndPassword.minPasswordLength',
  'session.expiresIn', 'session.updateAge', 'session.disableSessionRefresh', 'session.freshAge', 'session.deferSessionRefresh', 'session.additionalFields',
  'emailVerification.sendVerificationEmail', 'emailVerification.sendOnSignUp', 'emailVerification.sendOnSignIn', 'emailVerification.autoSignInAfterVerification', 'emailVerification.expiresIn',
  'user.deleteUser.enabled', 'user.deleteUser.sendDeleteAccountVerification', 'user.changeEmail.enabled', 'user.changeEmail.sendChangeEmailConfirmation', 'user.changeEmail.updateEmailWithoutVerification', 'user.additionalFields',
  'account.accountLinking.allowUnlinkingAll',
  'secondaryStorage', 'session.storeSessionInDatabase', 'session.preserveSessionInDatabase', 'verification.storeInDatabase',
  ...SESSION_SWITCHES,
]

/** The options of the walks of one seed: what each leaves open is chosen by it. */
export function configuration(seed) {
  const options = base(seed)
  // By chance of its own, so that all else is chosen as it would be without.
  const random = new Random(seed + 0x10000)
  if (random.chance(0.4)) options.user.additionalFields = USER_FIELDS
  if (random.chance(0.5)) options.session.additionalFields = SESSION_FIELDS
  if (random.chance(0.4)) options.account = { accountLinking: { allowUnlinkingAll: true } }
  options.plugins.push(...guards(new Random(seed + 0x50000)))
  return withoutDatabase(cacheSessions(withStorage(options, new Random(seed + 0x60000)), seed), seed)
}

/** Sessions and verifications in a secondary storage, alone or in the database too; by chance of its own as well. */
function withStorage(options, random) {
  if (!random.chance(0.5)) return options
  const session = random.pick([{}, { storeSessionInDatabase: true }, { storeSessionInDatabase: true, preserveSessionInDatabase: true }])
  return { ...options, secondaryStorage: 'memory', session: { ...options.session, ...session }, ...some(random, 0.4, { verification: { storeInDatabase: true } }) }
}

function base(seed) {
  const random = new Random(seed)
  const sendsMail = random.chance(0.8)
  const requires = sendsMail && random.chance(0.25)
  return {
    ...DEFAULTS,
    emailAndPassword: {
      ...CHEAP_PASSWORDS,
      autoSignIn: random.chance(0.9),
      requireEmailVerification: requires,
      sendResetPassword: sendsMail,
      revokeSessionsOnPasswordReset: random.chance(0.5),
      ...some(random, 0.3, { resetPasswordTokenExpiresIn: 20 * MINUTE }),
      ...some(random, 0.2, { minPasswordLength: 12 }),
    },
    session: {
      ...random.pick([{}, {}, { expiresIn: 2 * HOUR, updateAge: 20 * MINUTE }, { updateAge: 0 }, { disableSessionRefresh: true }]),
      ...some(random, 0.3, { freshAge: random.pick([0, 10 * MINUTE]) }),
      ...some(random, 0.2, { deferSessionRefresh: true }),
    },
    emailVerification: sendsMail ? { sendVerificationEmail: true, sendOnSignUp: requires || random.chance(0.3), sendOnSignIn: random.chance(0.3), autoSignInAfterVerification: random.chance(0.4), ...some(random, 0.3, { expiresIn: 20 * MINUTE }) } : {},
    user: {
      deleteUser: { enabled: random.chance(0.8), sendDeleteAccountVerification: sendsMail && random.chance(0.3) },
      changeEmail: { enabled: random.chance(0.8), sendChangeEmailConfirmation: sendsMail && random.chance(0.4), updateEmailWithoutVerification: random.chance(0.3) },
    },
    plugins: plugins(random, sendsMail),
  }
}

function some(random, probability, options) {
  return random.chance(probability) ? options : {}
}

export const DAYS = { DAY, HOUR, MINUTE }
