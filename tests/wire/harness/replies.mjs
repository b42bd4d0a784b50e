// Whole replies that annotations of differences name.

export function refusal(status, statusText, code, message) {
  return { status, statusText, cookies: [], body: JSON.stringify({ message, code }) }
}

export const INVALID_ORIGIN = refusal(403, 'Forbidden', 'INVALID_ORIGIN', 'Invalid origin')
export const INVALID_CALLBACK_URL = refusal(403, 'Forbidden', 'INVALID_CALLBACK_URL', 'Invalid callbackURL')
export const WRONG_PASSWORD = refusal(401, 'Unauthorized', 'INVALID_EMAIL_OR_PASSWORD', 'Invalid email or password')
export const PASSWORD_TOO_LONG = refusal(400, 'Bad Request', 'PASSWORD_TOO_LONG', 'Password too long')

/** A change of who is signed in, whose session the browser is given anew. */
export const UPDATED = {
  status: 200,
  statusText: 'OK',
  headers: { 'content-type': 'application/json' },
  cookies: ['better-auth.session_token=<signed><token#1>; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax'],
  body: '{"status":true}',
}

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
  const differ = (a, b) => JSON.stringify(a) !== JSON.stringify(b)
  const pick = (reply, other) => {
    const headers = Object.entries(reply.headers ?? {}).filter(([name, value]) => differ(value, other.headers?.[name]))
    const fields = Object.entries(reply).filter(([field, value]) => field !== 'headers' && differ(value, other[field]))
    return { ...Object.fromEntries(fields), headers: Object.fromEntries(headers) }
  }
  return { name, reference: pick(reference, hallpass), hallpass: pick(hallpass, reference) }
}
