// better-auth on a SQLite file, as an app that wants it fast would run it: plain node:http, better-sqlite3 with a
// write-ahead log, rate limits and the logger off, NODE_ENV=production.
//   node better-auth-server.mjs --modules FOLDER --database FILE --port N     serves; with --cookie-cache also by copies in cookies
//   node better-auth-server.mjs --modules FOLDER --database FILE --migrate    makes the tables
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const { values: args } = parseArgs({
  options: {
    modules: { type: 'string' },
    database: { type: 'string' },
    port: { type: 'string', default: '0' },
    migrate: { type: 'boolean', default: false },
    'cookie-cache': { type: 'boolean', default: false },
  },
})
// The packages are those of the wire tests, which are not beside this file.
const resolver = createRequire(pathToFileURL(`${args.modules}/package.json`))
const load = name => import(pathToFileURL(resolver.resolve(name)))

const { default: Database } = await load('better-sqlite3')
const { betterAuth } = await load('better-auth')

const database = new Database(args.database)
database.pragma('journal_mode = WAL')
const options = {
  database,
  baseURL: `http://localhost:${args.port}`,
  secret: process.env.BETTER_AUTH_SECRET,
  emailAndPassword: { enabled: true },
  session: { cookieCache: { enabled: args['cookie-cache'] } },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
}

if (args.migrate) {
  const { getMigrations } = await load('better-auth/db/migration')
  const { runMigrations } = await getMigrations(options)
  await runMigrations()
} else {
  const { toNodeHandler } = await load('better-auth/node')
  createServer(toNodeHandler(betterAuth(options))).listen(Number(args.port), '127.0.0.1')
}
