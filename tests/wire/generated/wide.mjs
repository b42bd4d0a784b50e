// Configurations that change what many endpoints answer, and those endpoints: each is tried under them as its own line says.

const SIGNS_IN = ['POST /sign-up/email', 'POST /sign-in/email']
const SESSIONS = ['POST /sign-out', 'GET /get-session', 'GET /list-sessions', 'POST /revoke-session', 'POST /revoke-sessions', 'POST /revoke-other-sessions', 'POST /update-session']
const USERS = ['POST /change-password', 'POST /update-user', 'POST /delete-user', 'GET /delete-user/callback', 'POST /change-email', 'GET /verify-email']
const RESETS = ['POST /request-password-reset', 'GET /reset-password/:token', 'POST /reset-password']
const CODES = ['POST /email-otp/send-verification-otp', 'POST /email-otp/check-verification-otp', 'POST /sign-in/email-otp', 'POST /email-otp/verify-email', 'POST /email-otp/reset-password', 'POST /email-otp/change-email']
const TOKENS = ['POST /sign-in/magic-link', 'GET /magic-link/verify', 'GET /one-time-token/generate', 'POST /one-time-token/verify']
const DEVICES = ['GET /multi-session/list-device-sessions', 'POST /multi-session/set-active', 'POST /multi-session/revoke', 'POST /sign-out']

const STORED = [...SIGNS_IN, ...SESSIONS, ...USERS, ...RESETS, 'POST /verify-password', 'POST /unlink-account', 'GET /list-accounts']
const STORED_BY_PLUGINS = [...CODES, ...TOKENS, ...DEVICES]

/** @type {Record<string, string[]>} endpoints by the name of the configuration */
const WIDE = {
  'stored sessions': STORED,
  'sessions stored twice': STORED,
  'recorded sessions': STORED,
  'stored codes': STORED_BY_PLUGINS,
  'codes stored twice': STORED_BY_PLUGINS,
  'more fields': [...SIGNS_IN, ...SESSIONS, ...USERS, 'POST /reset-password'],
  'more fields stored': [...SIGNS_IN, ...SESSIONS, 'POST /change-password', 'POST /update-user'],
  'several hosts': [...SIGNS_IN, ...USERS, ...RESETS, 'POST /sign-out', 'GET /get-session', 'POST /send-verification-email', 'POST /revoke-session'],
}

/** The lines of `endpoints` that are tried under a configuration because it changes many; of several of one route the first. */
export function widelyChanged(endpoints, configuration) {
  return (WIDE[configuration] ?? []).map(route => {
    const line = endpoints.find(({ method, path }) => `${method} ${path}` === route)
    if (!line) throw new Error(`generated/wide.mjs: there is no ${route}`)
    return line
  })
}
