/**
 * The options that most groups start from. Rate limits are off but where they are the subject. The header with the
 * client's address is named, for hallpass believes none unless it is told to.
 */
export const DEFAULTS = {
  baseURL: 'http://localhost:3000',
  secret: 'a-secret-of-the-wire-tests-0123456789-abcdefgh',
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  advanced: { ipAddress: { ipAddressHeaders: ['x-forwarded-for'] } },
}

/** `DEFAULTS` with more under `advanced`. */
export function advanced(changes) {
  return { ...DEFAULTS, advanced: { ...DEFAULTS.advanced, ...changes } }
}

/** Passwords that cost nothing to hash, where there are thousands: by a callback, which each server has its own of. */
export const CHEAP_PASSWORDS = { enabled: true, password: { hash: true, verify: true } }

export const PASSWORD = 'correct horse battery'

/** The body of a sign-up, with what differs from a plain one. */
export function newUser(email, changes = {}) {
  return { name: 'Ann', email, password: PASSWORD, ...changes }
}

/** The fields that users and sessions may have beside better-auth's own. */
export const USER_FIELDS = {
  nickName: { type: 'string', required: false },
  level: { type: 'number', required: true, defaultValue: 1 },
  note: { type: 'string', required: false, returned: false },
  role: { type: 'string', required: false, input: false, defaultValue: 'member' },
}
export const SESSION_FIELDS = {
  theme: { type: 'string', required: false },
  step: { type: 'number', required: false },
  origin: { type: 'string', required: false, input: false, defaultValue: 'web' },
}
