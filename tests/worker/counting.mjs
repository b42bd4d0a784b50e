// The Worker beside it, its calls of D1 and KV being counted: `/calls` tells them, and begins anew.
import worker from './worker.mjs'

const none = () => ({ roundTrips: 0, statements: 0, read: 0, written: 0, kv: 0 })
let calls = none()

/** What stands behind a statement that is counted. */
const behind = new WeakMap()
const databases = new WeakMap()

function sent(statements) {
  calls.roundTrips += 1
  calls.statements += statements
}

function answered(results) {
  for (const { meta } of results) {
    calls.read += meta?.rows_read ?? 0
    calls.written += meta?.rows_written ?? 0
  }
}

/** `target`, some of whose methods are others. */
function instead(target, methods) {
  return new Proxy(target, {
    get(target, name) {
      if (Object.hasOwn(methods, name)) return methods[name]
      const value = target[name]
      // By the name of the constructor a binding is known for what it is.
      return typeof value === 'function' && name !== 'constructor' ? value.bind(target) : value
    },
  })
}

function countedStatement(statement) {
  const one = async results => {
    sent(1)
    const result = await results
    answered([result])
    return result
  }
  const counted = instead(statement, {
    bind: (...values) => countedStatement(statement.bind(...values)),
    all: () => one(statement.all()),
    run: () => one(statement.run()),
    // These two do not tell what they read.
    first: (...column) => one(statement.first(...column)),
    raw: (...options) => one(statement.raw(...options)),
  })
  behind.set(counted, statement)
  return counted
}

function countedDatabase(database) {
  if (!databases.has(database)) {
    const counted = instead(database, {
      prepare: sql => countedStatement(database.prepare(sql)),
      async batch(statements) {
        sent(statements.length)
        const results = await database.batch(statements.map(statement => behind.get(statement) ?? statement))
        answered(results)
        return results
      },
    })
    databases.set(database, counted)
  }
  return databases.get(database)
}

function countedNamespace(namespace) {
  const counted = method => (...values) => {
    calls.kv += 1
    return namespace[method](...values)
  }
  return instead(namespace, Object.fromEntries(['get', 'getWithMetadata', 'put', 'delete', 'list'].map(method => [method, counted(method)])))
}

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname === '/calls') {
      const told = calls
      calls = none()
      return Response.json(told)
    }
    const { DB, SESSIONS, ...rest } = env
    return worker.fetch(request, { ...rest, ...(DB && { DB: countedDatabase(DB) }), ...(SESSIONS && { SESSIONS: countedNamespace(SESSIONS) }) }, context)
  },
}
