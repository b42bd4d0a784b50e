import { DEFAULTS } from './options.mjs'

/** Options with the plugin. */
export const coding = (more = {}, options = {}) => ({
  ...DEFAULTS,
  emailAndPassword: { enabled: true, sendResetPassword: true, revokeSessionsOnPasswordReset: true },
  ...options,
  plugins: [{ id: 'email-otp', ...more }],
})

/** Asks for a code, and gives it. */
export async function sent(t, type, who, from = t) {
  await from.post('/email-otp/send-verification-otp', { email: t.email(who), type })
  const [mail] = await t.outbox()
  return mail?.otp
}
