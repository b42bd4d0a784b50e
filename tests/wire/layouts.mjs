// Databases that better-auth made otherwise than by its own migrations with their own names: hallpass opens them as they are, writes to
// them, and better-auth goes on with them.
//   node layouts.mjs [--server PATH] [--postgres URL]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { betterAuth } from 'better-auth'
import { betterAuth as betterAuth172 } from 'better-auth-1-7-2'
import { getMigrations as getMigrations172 } from 'better-auth-1-7-2/db/migration'
import { drizzleAdapter } from 'better-auth/adapters/drizzle'
import { getMigrations } from 'better-auth/db/migration'
import Database from 'better-sqlite3'
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3'
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import * as drizzleTablesPg from './drizzle/pg.mjs'
import * as drizzleTablesSqlite from './drizzle/sqlite.mjs'
import { Jar } from './harness/cookies.mjs'
import { current, exchange, post } from './harness/exchange.mjs'
import { DEFAULTS, newUser } from './harness/options.mjs'
import { startHallpass } from './harness/servers.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const { values: args } = parseArgs({
  options: { server: { type: 'string', default: path.join(here, '../../target/debug/wire-server') }, postgres: { type: 'string' } },
})
const folder = mkdtempSync(path.join(tmpdir(), 'hallpass-layouts-'))
const USER = { additionalFields: { nickName: { type: 'string', required: false }, tags: { type: 'string[]', required: false }, level: { type: 'number', required: false } } }
const NAMES = {
  user: { modelName: 'people', fields: { email: 'email_address', emailVerified: 'isVerified', updatedAt: 'changed' } },
  session: { modelName: 'user_sessions', fields: { userId: 'person', token: 'key', expiresAt: 'until' } },
  account: { fields: { userId: 'person', accountId: 'subject', password: 'hash' } },
  verification: { modelName: 'one time codes', fields: { identifier: 'about' } },
}
const UUID = { advanced: { ...DEFAULTS.advanced, database: { generateId: 'uuid' } } }
/** Whatever wrote a hash, better-auth takes the password: what is looked at here is whether it finds the account. */
const anyPassword = { enabled: true, password: { verify: async () => true } }
let passed = 0
let failed = 0

try {
  for (const database of [sqlite, ...(args.postgres ? [postgres] : [])]) {
    await journey('names', database, NAMES)
    await journey('Drizzle', database, database === postgres ? { user: USER, ...UUID } : { user: USER }, { made: 'drizzle' })
    await journey('1.7.2', database, {}, { made: '1.7.2' })
  }
  if (args.postgres) await journey('uuid', postgres, { ...NAMES, ...UUID })
} catch (error) {
  failed += 1
  console.log(`FAIL ${error.stack}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed > 0 || passed === 0 ? 1 : 0)

/** There and back and there again. */
async function journey(name, open, options, { made } = {}) {
  const database = await open(name)
  const check = (what, isSo) => {
    if (isSo) passed += 1
    else failed += 1
    if (!isSo) console.log(`FAIL ${database.kind}, ${name}: ${what}`)
  }
  const isDrizzle = made === 'drizzle'
  const theirs = { ...DEFAULTS, ...options, emailAndPassword: anyPassword }
  const make = () => (made === '1.7.2' ? betterAuth172({ ...theirs, database: database.handle() }) : betterAuth({ ...theirs, database: isDrizzle ? database.drizzle() : database.handle() }))
  const ours = { ...DEFAULTS, ...options, ...(isDrizzle && database.kind === 'Postgres' ? { usePlural: true } : {}), database: database.url }

  if (isDrizzle) await database.run(readFileSync(path.join(here, `drizzle/${database.dialect}.sql`), 'utf8'))
  else await (await (made === '1.7.2' ? getMigrations172 : getMigrations)({ ...theirs, database: database.handle() })).runMigrations()
  const auth = make()
  const [ann, bob, cai] = [new Jar(), new Jar(), new Jar()]
  const extra = isDrizzle ? { nickName: 'Annie', tags: ['a', 'b "c"'], level: 3 } : {}
  check('better-auth signs ann up', (await call(auth, 'POST', '/sign-up/email', newUser('ann@example.com', extra), ann)).status === 200)

  let server = await startHallpass(args.server, ours, folder, { plainTokens: true })
  const at = await current(server, ann)
  check('ann is signed in at hallpass', at?.user?.email === 'ann@example.com')
  if (isDrizzle) check('her fields are there', at?.user?.nickName === 'Annie' && at.user.tags?.[1] === 'b "c"' && at.user.level === 3)
  check('her image is changed', (await post(server, '/update-user', { image: 'https://example.com/ann.png' }, ann)).status === 200)
  check('bob signs up at hallpass', (await post(server, '/sign-up/email', newUser('bob@example.com', { name: 'Bob' }), bob)).status === 200)
  check('and only once', (await post(server, '/sign-up/email', newUser('bob@example.com'), new Jar())).status === 422)
  check('his session is listed', (await exchange(server, 'GET', '/list-sessions', undefined, bob)).json?.length === 1)
  await server.stop()

  if (made === '1.7.2') await upgraded(database, check)
  for (const [auth, version] of made === '1.7.2' ? [[make(), '1.7.2'], [betterAuth({ ...theirs, database: database.handle() }), '1.7.25']] : [[make(), '1.7.25']]) {
    const better = `better-auth ${version}`
    check(`${better} has the image`, (await call(auth, 'GET', '/get-session', undefined, ann)).json?.user?.image === 'https://example.com/ann.png')
    check(`${better} has bob's session`, (await call(auth, 'GET', '/get-session', undefined, bob)).json?.user?.name === 'Bob')
    const accounts = (await call(auth, 'GET', '/list-accounts', undefined, bob)).json
    check(`${better} has his account`, accounts?.length === 1 && accounts[0].providerId === 'credential')
    check(`${better} lets him in by it`, (await call(auth, 'POST', '/sign-in/email', { email: 'bob@example.com', password: 'whatever it is' }, new Jar())).status === 200)
    check(`${better} signs others up`, (await call(auth, 'POST', '/sign-up/email', newUser(`cai-${version}@example.com`), cai)).status === 200)
  }
  if (!made) {
    const { toBeCreated, toBeAdded } = await getMigrations({ ...theirs, database: database.handle() })
    check('better-auth has nothing to migrate', toBeCreated.length === 0 && toBeAdded.length === 0)
  }

  server = await startHallpass(args.server, ours, folder, { plainTokens: true })
  check('hallpass has the session that better-auth made then', (await current(server, cai))?.user?.email === 'cai-1.7.25@example.com')
  check('and ends it', (await post(server, '/sign-out', {}, cai)).status === 200)
  await server.stop()
  check('so that better-auth has it no more', (await call(betterAuthOf(made, make, theirs, database), 'GET', '/get-session', undefined, cai)).json === null)
  await database.end()
  console.log(`     ${database.kind}, ${name}: there, back, and there again`)
}

function betterAuthOf(made, make, theirs, database) {
  return made === '1.7.2' ? betterAuth({ ...theirs, database: database.handle() }) : make()
}

/** What the database of 1.7.2 is now. */
async function upgraded(database, check) {
  const accounts = await database.rows('select issuer, "providerId" from account')
  check('every account has its issuer', accounts.length === 2 && accounts.every(({ issuer }) => issuer === 'local:credential'))
}

/** A request to better-auth in this process. */
async function call(auth, method, where, body, jar) {
  const cookie = jar.header()
  const headers = { origin: 'http://localhost:3000', 'x-forwarded-for': '203.0.113.9', ...(cookie ? { cookie } : {}), ...(body ? { 'content-type': 'application/json' } : {}) }
  const response = await auth.handler(new Request(`http://localhost:3000/api/auth${where}`, { method, headers, body: body && JSON.stringify(body) }))
  for (const cookie of response.headers.getSetCookie()) jar.take(cookie)
  return { status: response.status, json: JSON.parse((await response.text()) || 'null') }
}

function sqlite(name) {
  const file = path.join(folder, `${name}.db`)
  const open = new Database(file, { timeout: 10_000 })
  return {
    kind: 'SQLite',
    dialect: 'sqlite',
    url: `sqlite:${file}`,
    handle: () => open,
    drizzle: () => drizzleAdapter(drizzleSqlite(open), { provider: 'sqlite', schema: drizzleTablesSqlite }),
    run: sql => open.exec(sql),
    rows: sql => open.prepare(sql).all(),
    end: () => open.close(),
  }
}

async function postgres(name) {
  const schema = `layouts_${process.pid}_${name.toLowerCase().replaceAll('.', '_')}`
  const pool = new pg.Pool({ connectionString: args.postgres, options: `-c search_path=${schema}` })
  await pool.query(`create schema ${schema}`)
  return {
    kind: 'Postgres',
    dialect: 'pg',
    url: `${args.postgres}#${schema}`,
    handle: () => pool,
    drizzle: () => drizzleAdapter(drizzlePostgres(pool), { provider: 'pg', schema: drizzleTablesPg, usePlural: true }),
    run: sql => pool.query(sql),
    rows: async sql => (await pool.query(sql)).rows,
    end: () => pool.end(),
  }
}
