import { CHEAP_PASSWORDS, DEFAULTS } from '../harness/options.mjs'
import { Random } from './random.mjs'

const MINUTE = 60
const HOUR = 3600
const DAY = 86_400

/** The options of the walks of one seed: what each leaves open is chosen by it. */
export function configuration(seed) {
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
  }
}

function some(random, probability, options) {
  return random.chance(probability) ? options : {}
}

export const DAYS = { DAY, HOUR, MINUTE }
