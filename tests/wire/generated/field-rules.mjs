import { refusal } from '../harness/replies.mjs'

// `update-user-checks-types`, of the fields that an app adds, wherever they can be set.

const typeOf = value => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)
const FIELDS = { '/sign-up/email': 'user', '/update-user': 'user', '/update-session': 'session' }

/** What hallpass says of the first field that is not of its type, unless one before it may not be set at all. */
function complaint(fields, json) {
  for (const [name, { type, required, input }] of Object.entries(fields)) {
    if (!Object.hasOwn(json, name)) continue
    if (input === false) return
    const given = typeOf(json[name])
    if (given !== type && !(given === 'null' && !required)) return `[body.${name}] Invalid input: expected ${type}, received ${given}`
  }
}

const rule = (path, undo) => ({
  name: 'update-user-checks-types',
  when: asked => asked.method === 'POST' && asked.path === path,
  expect({ trace, asked: { json }, reference: { options } }) {
    const isTaken = [200, 422, 500].includes(trace.status) || trace.body?.includes('"FIELD_NOT_ALLOWED"')
    const message = isTaken && typeOf(json) === 'object' && complaint(options[FIELDS[path]]?.additionalFields ?? {}, json)
    if (message) return { ...refusal(400, 'Bad Request', 'VALIDATION_ERROR', message), headers: { 'content-type': 'application/json' } }
  },
  undo,
})

/** @type {import('../harness/judge.mjs').Rule[]} */
export const FIELD_RULES = [rule('/sign-up/email', ['user', 'account', 'session', 'verification']), rule('/update-user', ['user']), rule('/update-session', ['session'])]
