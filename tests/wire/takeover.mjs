// A database that better-auth made and filled is taken over by hallpass, and given back.
//   node takeover.mjs [--server PATH]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import Database from 'better-sqlite3'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { RULES } from './generated/rules.mjs'
import { Jar } from './harness/cookies.mjs'
import { current, exchange, post } from './harness/exchange.mjs'
import { Ledger } from './harness/ledger.mjs'
import { DEFAULTS, PASSWORD } from './harness/options.mjs'
import { startHallpass, startReference } from './harness/servers.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values: args } = parseArgs({ options: { server: { type: 'string', default: path.join(root, 'target/debug/wire-server') } } })
const ledger = new Ledger(path.join(root, 'docs/compatibility.md'))
const SCRYPT = /^[0-9a-f]{32}:[0-9a-f]{128}$/
const ARGON2ID = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/
const folder = mkdtempSync(path.join(tmpdir(), 'hallpass-takeover-'))
const file = path.join(folder, 'auth.db')
const options = {
  ...DEFAULTS,
  database: `sqlite:${file}`,
  emailAndPassword: { enabled: true, sendResetPassword: true, revokeSessionsOnPasswordReset: false },
  plugins: [{ id: 'jwt' }, { id: 'one-time-token' }, { id: 'email-otp' }],
}
/** A file whose keys hallpass made. */
const made = { ...options, database: `sqlite:${path.join(folder, 'made.db')}`, plugins: [{ id: 'jwt', jwks: { rotationInterval: 86_400 } }] }
let passed = 0
let failed = 0

const users = {
  ann: { name: 'Ann', email: 'ann@example.com', password: PASSWORD, image: 'https://example.com/ann.png' },
  bob: { name: 'Bob Ünï', email: 'bob@example.com', password: 'pässword-ﬁ-👍' },
  cai: { name: 'Cai', email: 'cai@example.com', password: 'never signs in here' },
  dee: { name: 'Dee', email: 'dee@example.com', password: 'signed out already' },
  eve: { name: 'Eve', email: 'eve@example.com', password: 'not to be remembered', rememberMe: false },
}
const jars = {}
const sessions = {}
/** Ann's token for other services, and the keys to check it by. */
let signed
/** The token of a second session of ann's, which hallpass ends. */
let elsewhere
/** What better-auth mailed and handed out, to be used here; and what hallpass did, to be looked for in the file. */
const handed = {}
const own = {}

try {
  await using(() => startReference(options, folder), fill)
  check('better-auth made scrypt hashes', () => passwords().every(({ password }) => SCRYPT.test(password)))
  await using(() => startHallpass(args.server, options, folder), takeOver)
  inspect()
  await using(() => startReference(options, folder), giveBack)
  await using(() => startHallpass(args.server, made, folder), makeKeys)
  await using(() => startReference(made, folder), useKeys)
  check('the file is whole', () => rows('pragma integrity_check')[0].integrity_check === 'ok' && rows('pragma foreign_key_check').length === 0)
  for (const strategy of ['compact', 'jwt', 'jwe']) await cookieCaches(strategy)
  for (const cookieCache of [{}, { strategy: 'compact' }, { strategy: 'jwt' }]) await stateless(cookieCache)
} catch (error) {
  check('the servers start and answer', () => { throw error })
} finally {
  rmSync(folder, { recursive: true, force: true })
}
// What the harness has a rule for it shows itself: there a rule that nothing needs is a failure.
const shownByRules = RULES.map(({ name }) => name)
for (const name of ledger.unshown(['database']).filter(name => !shownByRules.includes(name))) check(`"${name}" of docs/compatibility.md is shown here`, () => false)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

/** better-auth fills the file: users, sessions that live, one that was ended. */
async function fill(server) {
  for (const [name, user] of Object.entries(users)) {
    jars[name] = new Jar()
    await post(server, '/sign-up/email', user, jars[name])
    sessions[name] = await current(server, jars[name])
  }
  jars.deeGone = jars.dee.copy()
  await post(server, '/sign-out', {}, jars.dee)
  jars.annElsewhere = new Jar()
  await post(server, '/sign-in/email', users.ann, jars.annElsewhere)
  elsewhere = tokenOf(jars.annElsewhere)
  signed = await sign(server, jars.ann)
  handed.reset = await mailedReset(server, users.cai.email)
  handed.once = await oneTimeToken(server, jars.ann)
}

/** The token of a mail by which a password is reset. */
async function mailedReset(server, email) {
  await server.control('DELETE', '/outbox')
  await post(server, '/request-password-reset', { email, redirectTo: '/new-password' }, new Jar())
  return (await server.control('GET', '/outbox')).find(mail => mail.to === email).token
}

async function oneTimeToken(server, jar) {
  return (await exchange(server, 'GET', '/one-time-token/generate', undefined, jar)).json.token
}

async function makeKeys(server) {
  jars.hal = new Jar()
  await post(server, '/sign-up/email', { name: 'Hal', email: 'hal@example.com', password: PASSWORD }, jars.hal)
  signed = await sign(server, jars.hal)
}

async function useKeys(server) {
  // Sessions of hallpass are no sessions here (session-tokens-hashed).
  jars.ida = new Jar()
  await post(server, '/sign-up/email', { name: 'Ida', email: 'ida@example.com', password: PASSWORD }, jars.ida)
  await signsAlike(server, 'better-auth', jars.ida)
}

/** Keys of the other server are used on: the same are published, and they sign and check. */
async function signsAlike(server, who, jar) {
  const now = await sign(server, jar.copy())
  check(`${who} publishes the keys as they were`, () => equal(now.jwks, signed.jwks))
  check(`${who} signs with the key that is there`, () => equal(decodeProtectedHeader(now.token), decodeProtectedHeader(signed.token)))
  const keys = createLocalJWKSet(now.jwks)
  for (const { token } of [signed, now]) {
    const verified = await jwtVerify(token, keys, { issuer: DEFAULTS.baseURL, audience: DEFAULTS.baseURL }).catch(error => error)
    check(`by the keys of ${who} tokens of both verify`, () => verified.payload?.sub !== undefined)
  }
}

async function sign(server, jar) {
  const { token } = (await exchange(server, 'GET', '/token', undefined, jar)).json
  const jwks = (await exchange(server, 'GET', '/jwks', undefined, jar)).json
  return { token, jwks }
}

async function takeOver(server) {
  for (const name of ['ann', 'bob', 'cai', 'eve']) {
    const found = await current(server, jars[name].copy())
    check(`${name}'s cookie is accepted, and session and user are as they were`, () => equal(found, sessions[name]))
  }
  await signsAlike(server, 'hallpass', jars.ann)
  const ended = await current(server, jars.deeGone.copy())
  check('a session that was ended stays ended', () => ended === null)

  for (const name of ['ann', 'bob', 'dee']) {
    const wrong = await post(server, '/sign-in/email', { ...users[name], password: 'wrong password' }, new Jar())
    check(`${name} is refused with a wrong password`, () => wrong.status === 401 && wrong.json.code === 'INVALID_EMAIL_OR_PASSWORD')
    jars[`${name}Here`] = new Jar()
    const right = await post(server, '/sign-in/email', users[name], jars[`${name}Here`])
    check(`${name} signs in with the password`, () => right.status === 200 && right.json.user.id === sessions[name].user.id)
    const again = await post(server, '/sign-in/email', users[name], new Jar())
    check(`${name} signs in again, with the new hash`, () => again.status === 200)
  }
  const composed = await post(server, '/sign-in/email', { ...users.bob, password: users.bob.password.normalize('NFD') }, new Jar())
  check('bob signs in with the password written in another way of Unicode', () => composed.status === 200)

  const taken = await post(server, '/sign-up/email', { ...users.cai, email: 'CAI@example.com' }, new Jar())
  check('an address that better-auth wrote is taken', () => taken.status === 422)
  jars.fay = new Jar()
  const fay = await post(server, '/sign-up/email', { name: 'Fay', email: 'fay@example.com', password: PASSWORD }, jars.fay)
  check('a new user signs up', () => fay.status === 200)
  await post(server, '/sign-out', {}, jars.annElsewhere)
  await handsOver(server)
  const left = await current(server, jars.ann.copy())
  check('ending one session of better-auth leaves the other', () => left.session.id === sessions.ann.session.id)
}

/** Tokens that better-auth wrote are good once; those of hallpass are left unused in the file. */
async function handsOver(server) {
  const jar = new Jar()
  const over = await post(server, '/one-time-token/verify', { token: handed.once }, jar)
  check('a one-time token of better-auth hands its session over', () => over.status === 200 && over.json.session.id === sessions.ann.session.id)
  const again = await post(server, '/one-time-token/verify', { token: handed.once }, new Jar())
  check('and that once', () => again.status === 400)
  users.cai.password = 'set by a mailed link'
  const reset = () => post(server, '/reset-password', { token: handed.reset, newPassword: users.cai.password }, new Jar())
  const [first, second] = [await reset(), await reset()]
  check('a reset that better-auth mailed sets the password, once', () => first.status === 200 && second.status === 400)
  own.reset = await mailedReset(server, users.bob.email)
  own.once = await oneTimeToken(server, jars.annHere)
  await post(server, '/email-otp/send-verification-otp', { email: users.bob.email, type: 'sign-in' }, new Jar())
  own.code = (await server.control('GET', '/outbox')).at(-1).otp
}

/** What hallpass left in the file. */
function inspect() {
  const hashes = Object.fromEntries(passwords().map(({ email, password }) => [email.split('@')[0], password]))
  differs('argon2id-passwords', () => ['ann', 'bob', 'dee', 'fay'].every(name => ARGON2ID.test(hashes[name])))
  check('who did not sign in keeps the hash of better-auth', () => SCRYPT.test(hashes.eve))
  const stored = new Set(rows('select token from session').map(({ token }) => token))
  differs('session-tokens-hashed', () => {
    const made = tokenOf(jars.annHere)
    return !stored.has(made) && [...stored].some(token => /^sha256:/.test(token))
  })
  const waiting = rows('select identifier, value from verification')
  const isHashed = token => waiting.some(({ identifier }) => /sha256:/.test(identifier)) && waiting.every(row => !Object.values(row).some(text => text.includes(token)))
  differs('mailed-tokens-hashed', () => isHashed(own.reset) && waiting.some(({ identifier }) => /^reset-password:sha256:/.test(identifier)))
  differs('one-time-tokens-hashed', () => isHashed(own.once) && isHashed(tokenOf(jars.annHere)) && waiting.some(({ identifier }) => /^one-time-token:sha256:/.test(identifier)))
  differs('codes-kept-as-macs', () => waiting.some(({ value }) => /^hmac:/.test(value)) && !waiting.some(({ value }) => value.startsWith(own.code)))
  check('sessions of better-auth are as they were', () => ['ann', 'bob', 'cai', 'eve'].every(name => stored.has(tokenOf(jars[name]))))
  check('an ended session is gone', () => !stored.has(elsewhere))
  check('dates are ISO-8601 text with milliseconds', () => rows('select createdAt, updatedAt from user union all select createdAt, expiresAt from session')
    .every(row => Object.values(row).every(value => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value))))
}

/** better-auth again. */
async function giveBack(server) {
  for (const name of ['ann', 'bob', 'cai', 'eve']) {
    const found = await current(server, jars[name].copy())
    check(`better-auth still knows ${name}'s session`, () => equal(found, sessions[name]))
  }
  const { user, account } = await server.control('GET', '/stores')
  check('better-auth counts the users and accounts of both', () => user === 6 && account === 6)
  const eve = await post(server, '/sign-in/email', users.eve, new Jar())
  check('better-auth signs in who did not sign in at hallpass', () => eve.status === 200)
  const jar = new Jar()
  const gus = await post(server, '/sign-up/email', { name: 'Gus', email: 'gus@example.com', password: PASSWORD }, jar)
  const found = await current(server, jar)
  check('better-auth signs up a new user', () => gus.status === 200 && found.user.email === 'gus@example.com')
  const taken = await post(server, '/sign-up/email', { name: 'Fay', email: 'fay@example.com', password: PASSWORD }, new Jar())
  check('better-auth sees the user that hallpass made', () => taken.status === 422)
}

/** Sessions that are in cookies alone: each server reads what the other wrote. */
async function cookieCaches(strategy) {
  const database = path.join(folder, `${strategy}.db`)
  const caching = { ...DEFAULTS, database: `sqlite:${database}`, session: { cookieCache: { enabled: true, strategy, maxAge: 3600 } } }
  const name = 'Zoë "the" \\ \u2028 👋 </script> ' + 'x'.repeat(4000)
  const known = {}
  const signUp = async (server, who) => {
    known[who] = { jar: new Jar() }
    await post(server, '/sign-up/email', { name, email: `${who}@example.com`, password: PASSWORD }, known[who].jar)
    known[who].session = await current(server, known[who].jar.copy())
    check(`${strategy}: ${who}'s cookie is in chunks`, () => known[who].jar.get('better-auth.session_data.1') !== undefined)
  }
  const reads = async (server, who) => {
    new Database(database).exec('delete from session').close()
    const found = await current(server, known[who].jar)
    check(`${strategy}: ${who}'s session is read from the cookie of the other server`, () => equal(found, known[who].session) && found.user.name === name)
  }
  await using(() => startReference(caching, folder), server => signUp(server, 'node'))
  await using(() => startHallpass(args.server, caching, folder), async server => {
    await reads(server, 'node')
    await signUp(server, 'rust')
  })
  await using(() => startReference(caching, folder), server => reads(server, 'rust'))
}

/** Without a database sessions go on at the other server, which knows nobody, and back. */
async function stateless(cookieCache) {
  const options = { ...DEFAULTS, database: null, session: { cookieCache } }
  const title = `stateless, ${cookieCache.strategy ?? 'as it is'}`
  const known = {}
  const signUp = async (server, who) => {
    const jar = new Jar()
    await post(server, '/sign-up/email', { ...users.ann, email: `${who}@example.com` }, jar)
    known[who] = { jar, session: await current(server, jar.copy()) }
  }
  const reads = async (server, who) => {
    const { jar } = known[who]
    check(`${title}: ${who}'s session goes on`, await same(server, jar, known[who].session))
    await post(server, '/update-user', { name: `${who} elsewhere` }, jar)
    known[who].session = await current(server, jar.copy())
    check(`${title}: and what is changed is in the cookie`, () => known[who].session.user.name === `${who} elsewhere`)
  }
  const same = async (server, jar, before) => {
    const found = await current(server, jar.copy())
    return () => equal(found, before)
  }
  await using(() => startReference(options, folder), server => signUp(server, 'node'))
  await using(() => startHallpass(args.server, options, folder), async server => {
    await reads(server, 'node')
    await signUp(server, 'rust')
  })
  await using(() => startReference(options, folder), async server => {
    await reads(server, 'rust')
    check(`${title}: node's session comes back`, await same(server, known.node.jar, known.node.session))
  })
}

async function using(start, use) {
  const server = await start()
  try {
    await use(server)
  } finally {
    await server.stop()
  }
}

function tokenOf(jar) {
  return decodeURIComponent(jar.get('better-auth.session_token')).split('.')[0]
}

function rows(sql) {
  const database = new Database(file)
  try {
    return database.prepare(sql).all()
  } finally {
    database.close()
  }
}

function passwords() {
  return rows('select u.email, a.password from account a join user u on u.id = a.userId')
}

function equal(a, b) {
  return JSON.stringify(a) === JSON.stringify(b)
}

function differs(name, holds) {
  for (const problem of ledger.show(name)) check(problem, () => false)
  check(`${name}: hallpass does as docs/compatibility.md says`, holds)
}

function check(title, holds) {
  let problem
  try {
    problem = holds() ? undefined : 'it does not hold'
  } catch (error) {
    problem = error.stack
  }
  if (problem === undefined) passed += 1
  else failed += 1
  console.log(problem === undefined ? `ok   ${title}` : `FAIL ${title}: ${problem}`)
}
