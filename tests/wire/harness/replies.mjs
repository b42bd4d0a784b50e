// Whole replies that annotations of differences name.

const error = (status, statusText, code, message) => ({ status, statusText, cookies: [], body: JSON.stringify({ message, code }) })

export const INVALID_ORIGIN = error(403, 'Forbidden', 'INVALID_ORIGIN', 'Invalid origin')
export const INVALID_CALLBACK_URL = error(403, 'Forbidden', 'INVALID_CALLBACK_URL', 'Invalid callbackURL')
export const WRONG_PASSWORD = error(401, 'Unauthorized', 'INVALID_EMAIL_OR_PASSWORD', 'Invalid email or password')
export const PASSWORD_TOO_LONG = error(400, 'Bad Request', 'PASSWORD_TOO_LONG', 'Password too long')

/** A sign-out, which clears these cookies whether or not they came. */
export const SIGNED_OUT = {
  status: 200,
  statusText: 'OK',
  cookies: ['session_token', 'session_data', 'dont_remember'].map(name => `better-auth.${name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`),
  body: '{"success":true}',
}

/**
 * A difference between two replies, in those fields that they do not share.
 *
 * @param {string} name as docs/compatibility.md lists it
 */
export function difference(name, reference, hallpass) {
  const fields = Object.keys({ ...reference, ...hallpass }).filter(field => JSON.stringify(reference[field]) !== JSON.stringify(hallpass[field]))
  const pick = reply => Object.fromEntries(fields.filter(field => field in reply).map(field => [field, reply[field]]))
  return { name, reference: pick(reference), hallpass: pick(hallpass) }
}
