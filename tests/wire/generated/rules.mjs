import { refusal } from '../harness/replies.mjs'

// The deliberate differences of docs/compatibility.md that generated scenarios and walks meet, in rule form.

const JSON_TYPE = { 'content-type': 'application/json' }
const typeOf = value => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)

/** @type {import('../harness/judge.mjs').Rule[]} */
export const RULES = [
  {
    name: 'other-sessions-by-handle',
    when: ({ path }) => path === '/list-sessions',
    expect(trace, { own, step }, handles) {
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
    async mend(reference, { cookies }, { own, step, cookies: sent }) {
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
    expect(trace, { json }) {
      if (trace.status !== 200 && trace.status !== 500) return
      const message = wrongTypes(json).map(([field, type]) => `[body.${field}] Invalid input: expected string, received ${type}`).join('; ')
      return { ...refusal(400, 'Bad Request', 'VALIDATION_ERROR', message), headers: JSON_TYPE }
    },
    undo: true,
  },
]

function wrongTypes(json) {
  if (typeOf(json) !== 'object') return []
  return ['name', 'image']
    .filter(field => Object.hasOwn(json, field) && typeof json[field] !== 'string' && !(field === 'image' && json[field] === null))
    .map(field => [field, typeOf(json[field])])
}
