import { DEFAULTS } from '../harness/options.mjs'

/** Every plugin that has routes. */
const PLUGINS = ['open-api', 'username', 'magic-link', 'email-otp', 'one-time-token', 'multi-session', 'anonymous', 'jwt', 'bearer', 'last-login-method', 'custom-session']
/** What is compared by scenarios written by hand, for the answers are others by nature. */
const BY_HAND = ['GET /open-api/generate-schema', 'GET /reference']

/** The options under which hallpass tells of all its endpoints. */
export const EVERYTHING = {
  ...DEFAULTS,
  emailAndPassword: { enabled: true, sendResetPassword: true },
  emailVerification: { sendVerificationEmail: true },
  user: { deleteUser: { enabled: true }, changeEmail: { enabled: true } },
  plugins: PLUGINS.map(id => ({ id, ...(id === 'email-otp' ? { changeEmail: { enabled: true } } : {}) })),
}

/**
 * What the table lacks of the endpoints in hallpass's OpenAPI document, and has beyond them.
 *
 * @param {{ paths: object }} document @param {{ method: string, path: string }[]} endpoints
 */
export function uncovered(document, endpoints) {
  const there = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map(method => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`))
  const tried = endpoints.map(({ method, path }) => `${method} ${path}`)
  const lacking = there.filter(route => !tried.includes(route) && !BY_HAND.includes(route)).map(route => `generated/endpoints.mjs has no line for ${route}`)
  const gone = tried.filter(route => !there.includes(route)).map(route => `hallpass has no ${route}`)
  return [...lacking, ...gone]
}
