import { tidyLists } from '../harness/records.mjs'

// Deliberate differences that show where sessions are in a secondary storage.

/** The fields of a session before those that an app adds; the `id` stands behind them. */
const FIRST = ['expiresAt', 'token', 'createdAt', 'updatedAt', 'ipAddress', 'userAgent', 'userId']

/** The fields that an app adds to sessions. */
const added = ({ session }) => Object.keys(session?.additionalFields ?? {})

const isAlone = ({ secondaryStorage, session }) => secondaryStorage !== undefined && !session?.storeSessionInDatabase

/** Whether the storage says which sessions there are. */
const decides = options => isAlone(options) || (options.secondaryStorage !== undefined && options.session.preserveSessionInDatabase)

/** A body with another in place of every session in it. */
function withSessions(trace, change) {
  if (!trace.body?.includes('"token"')) return
  let body
  try {
    body = JSON.parse(trace.body, (_, value) => (value?.token && value.userId && value.expiresAt ? change(value) : value))
  } catch {
    return
  }
  return { ...trace, body: JSON.stringify(body) }
}

/** @type {import('../harness/judge.mjs').Rule[]} */
export const STORAGE_RULES = [
  {
    name: 'absent-is-null',
    when: () => true,
    expect({ trace, reference: { options } }) {
      const none = Object.fromEntries(added(options).map(name => [name, null]))
      if (options.secondaryStorage) return withSessions(trace, session => ({ ...session, ...none, ...session }))
    },
  },
  {
    name: 'one-order-of-fields',
    when: () => true,
    expect({ trace, reference: { options } }) {
      if (!isAlone(options)) return
      const order = [...FIRST, ...added(options)]
      return withSessions(trace, ({ id, ...session }) => ({ ...Object.fromEntries(order.map(name => [name, session[name]])), ...session, id }))
    },
  },
  {
    name: 'sessions-oldest-first',
    when: ({ path }) => path === '/list-sessions',
    expect({ trace, reference: { options } }) {
      if (trace.status !== 200 || !decides(options)) return
      const begun = ({ createdAt }) => Number(/[\d.]+/.exec(createdAt)[0])
      return { ...trace, body: JSON.stringify(JSON.parse(trace.body).sort((one, other) => begun(one) - begun(other))) }
    },
  },
  {
    name: 'ended-sessions-leave-lists',
    when: () => true,
    mend: async ({ reference }) => (await tidyLists(reference)) > 0,
  },
]
