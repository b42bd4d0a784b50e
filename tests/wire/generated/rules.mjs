import { refusal } from '../harness/replies.mjs'

// The deliberate differences of docs/compatibility.md that generated scenarios and walks meet, in rule form.

const DAY_MS = 86_400_000
const MAIL_REQUESTS = ['/request-password-reset', '/send-verification-email']
const JSON_TYPE = { 'content-type': 'application/json' }
const typeOf = value => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)

/** @type {import('../harness/judge.mjs').Rule[]} */
export const RULES = [
  {
    name: 'other-sessions-by-handle',
    when: ({ path }) => path === '/list-sessions',
    expect({ trace, asked: { own, step }, memory: handles }) {
      if (trace.status !== 200) return
      let unknown = 0
      const handle = token => {
        if (!handles.has(token)) {
          unknown += 1
          handles.set(token, `<handle@${step}${unknown > 1 ? `.${unknown}` : ''}>`)
        }
        return handles.get(token)
      }
      const listed = JSON.parse(trace.body).map(session => (session.token === own.name ? session : { ...session, token: handle(session.token) }))
      return { ...trace, body: JSON.stringify(listed) }
    },
  },
  {
    name: 'sign-in-replaces-session',
    when: ({ own }) => own !== undefined,
    async mend({ trace: { cookies }, asked: { own, step, cookies: sent }, reference }) {
      if (!cookies?.some(line => line.includes(`session_token=<signed><token@${step}`))) return false
      const options = { headers: { cookie: sent, origin: reference.origin } }
      const before = await reference.probe('GET', '/get-session?disableRefresh=true&disableCookieCache=true', options)
      if (before.json?.session?.token !== own.token) return false
      await reference.probe('POST', '/revoke-session', { json: { token: own.token }, ...options })
      return true
    },
  },
  {
    name: 'update-user-checks-types',
    when: ({ method, path, json }) => method === 'POST' && path === '/update-user' && wrongTypes(json).length > 0,
    expect({ trace, asked: { json } }) {
      if (trace.status !== 200 && trace.status !== 500) return
      const message = wrongTypes(json).map(([field, type]) => `[body.${field}] Invalid input: expected string, received ${type}`).join('; ')
      return { ...refusal(400, 'Bad Request', 'VALIDATION_ERROR', message), headers: JSON_TYPE }
    },
    undo: true,
  },
  {
    name: 'unremembered-stays-short',
    when: ({ path, cookies }) => path === '/change-password' && /dont_remember=true/.test(cookies),
    mend({ trace, asked: { step }, reference }) {
      if (!trace.cookies?.some(line => line.includes(`session_token=<signed><token@${step}`))) return false
      // The newest session of all: nobody else asks meanwhile.
      const { id, createdAt } = reference.database.prepare('select * from session order by createdAt desc limit 1').get()
      const expiresAt = new Date(Date.parse(createdAt) + DAY_MS).toISOString()
      return reference.database.prepare('update session set expiresAt = ? where id = ?').run(expiresAt, id).changes > 0
    },
  },
  {
    name: 'reset-tokens-end-with-the-password',
    when: ({ method, path }) => method === 'POST' && ['/reset-password', '/change-password'].includes(path),
    mend({ trace, reference }) {
      if (trace.status !== 200) return false
      const ended = `delete from verification where identifier like 'reset-password:%' and value = ?
        and createdAt < (select updatedAt from account where userId = ? and providerId = 'credential')`
      return reference.users.filter(({ id }) => reference.database.prepare(ended).run(id, id).changes > 0).length > 0
    },
  },
  {
    name: 'redirects-checked-everywhere',
    when: ({ query }) => twice(query) !== undefined,
    expect({ trace, asked: { query } }) {
      if (trace.status === 403) return
      const body = JSON.stringify({ message: `Invalid ${twice(query)}: expected a string` })
      return { status: 400, statusText: 'Bad Request', headers: JSON_TYPE, cookies: [], body }
    },
  },
  {
    name: 'mail-requests-need-an-origin',
    when: ({ method, path, cookies }) => method === 'POST' && cookies === '' && MAIL_REQUESTS.includes(path),
    /** As at `/sign-in/email`, so that is asked. */
    async expect({ trace, asked: { headers }, reference }) {
      if ([403, 404].includes(trace.status)) return
      const json = { email: 'nobody@example.com', password: 'nobody’s password' }
      const signIn = await reference.probe('POST', '/sign-in/email', { json, headers })
      return signIn.status === 403 ? signIn.trace : undefined
    },
    undo: true,
  },
]

/** The first target in a query that is there more than once. */
function twice(query) {
  return ['callbackURL', 'redirectTo', 'errorCallbackURL', 'newUserCallbackURL'].find(field => query.getAll(field).length > 1)
}

function wrongTypes(json) {
  if (typeOf(json) !== 'object') return []
  return ['name', 'image']
    .filter(field => Object.hasOwn(json, field) && typeof json[field] !== 'string' && !(field === 'image' && json[field] === null))
    .map(field => [field, typeOf(json[field])])
}
