// A secondary storage that better-auth filled is taken over by hallpass, and given back.
//   node takeover-storage.mjs [--server PATH] [--redis URL]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Jar } from './harness/cookies.mjs'
import { current, exchange, post } from './harness/exchange.mjs'
import { DEFAULTS, PASSWORD } from './harness/options.mjs'
import { elsewhere, startHallpass, startReference } from './harness/servers.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values: args } = parseArgs({
  options: { server: { type: 'string', default: path.join(root, 'target/debug/wire-server') }, redis: { type: 'string' } },
})
elsewhere.redis = args.redis
const PLACEMENTS = {
  'in the storage': {},
  'in both': { storeSessionInDatabase: true },
  'recorded in the database': { storeSessionInDatabase: true, preserveSessionInDatabase: true },
}
let passed = 0
let failed = 0

for (const [where, session] of Object.entries(PLACEMENTS)) {
  for (const plainTokens of [true, false]) await takeOver(`${where}, tokens ${plainTokens ? 'plain' : 'hashed'}`, session, plainTokens)
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

async function takeOver(where, session, plainTokens) {
  const check = (title, holds) => report(`${where}: ${title}`, holds)
  const folder = mkdtempSync(path.join(tmpdir(), 'hallpass-takeover-'))
  const options = {
    ...DEFAULTS,
    database: `sqlite:${path.join(folder, 'auth.db')}`,
    secondaryStorage: 'memory',
    session,
    emailAndPassword: { enabled: true, sendResetPassword: true, revokeSessionsOnPasswordReset: false },
  }
  const jars = { ann: new Jar(), annToo: new Jar(), bob: new Jar(), bobToo: new Jar(), cai: new Jar(), annHere: new Jar(), dee: new Jar() }
  const [ann, bob, cai, dee] = ['ann', 'bob', 'cai', 'dee'].map(name => ({ name, email: `${name}@example.com`, password: PASSWORD }))
  const shown = {}
  let token
  try {
    let storage = await using(() => startReference(options, folder), {}, async server => {
      for (const [jar, user] of [[jars.ann, ann], [jars.bob, bob], [jars.cai, cai]]) await post(server, '/sign-up/email', user, jar)
      await post(server, '/sign-in/email', ann, jars.annToo)
      await post(server, '/sign-in/email', bob, jars.bobToo)
      for (const name of ['ann', 'annToo', 'bob', 'bobToo', 'cai']) shown[name] = await current(server, jars[name])
      await post(server, '/request-password-reset', { email: cai.email, redirectTo: '/new' }, new Jar())
      token = (await server.control('GET', '/outbox')).at(-1).token
    })

    storage = await using(() => startHallpass(args.server, options, folder, { plainTokens }), storage, async server => {
      for (const name of ['ann', 'annToo', 'bob', 'bobToo', 'cai']) {
        const found = await current(server, jars[name])
        await check(`${name} is still signed in`, () => same(found, shown[name]))
      }
      const list = await exchange(server, 'GET', '/list-sessions', undefined, jars.ann)
      await check('the list has both sessions', () => list.json.length === 2)
      await post(server, '/update-user', { name: 'Ann of Green Gables' }, jars.ann)
      await check('both sessions show the new name', async () => (await current(server, jars.annToo)).user.name === 'Ann of Green Gables')
      await post(server, '/sign-in/email', ann, jars.annHere)
      await post(server, '/sign-up/email', dee, jars.dee)
      await post(server, '/revoke-other-sessions', {}, jars.bob)
      const reset = await post(server, '/reset-password', { newPassword: 'another password', token }, new Jar())
      await check('a link that better-auth mailed resets the password', () => reset.status === 200)
      const again = await post(server, '/reset-password', { newPassword: 'a third password', token }, new Jar())
      await check('but once', () => again.status === 400)
    })

    await using(() => startReference(options, folder), storage, async server => {
      const annNow = await current(server, jars.ann)
      await check("better-auth still knows ann's session, with the new name", () => annNow?.user.name === 'Ann of Green Gables' && annNow.session.token === shown.ann.session.token)
      const bobNow = await current(server, jars.bob)
      await check("and bob's, as it was", () => same(bobNow, shown.bob))
      await check('not the one that hallpass ended', async () => (await current(server, jars.bobToo)) === null)
      for (const name of ['annHere', 'dee']) {
        const found = await current(server, jars[name].copy())
        await check(`it ${plainTokens ? 'finds' : 'does not find'} what hallpass made for ${name}`, () => (found !== null) === plainTokens)
      }
      const list = await exchange(server, 'GET', '/list-sessions', undefined, jars.ann)
      await check('it lists all three sessions', () => list.json.length === 3)
      await post(server, '/revoke-sessions', {}, jars.ann)
      for (const name of ['ann', 'annToo', 'annHere']) await check(`and ends ${name}`, async () => (await current(server, jars[name])) === null)
    })
  } catch (error) {
    await report(`${where}: the servers start and answer`, () => { throw error })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Starts a server over what the storage held, and gives what it holds in the end. */
async function using(start, storage, use) {
  const server = await start()
  try {
    await server.control('PUT', '/secondary', storage)
    await use(server)
    return await server.control('GET', '/secondary')
  } finally {
    await server.stop()
  }
}

async function report(title, holds) {
  let problem
  try {
    problem = (await holds()) ? undefined : 'it does not hold'
  } catch (error) {
    problem = error.stack
  }
  if (problem === undefined) passed += 1
  else failed += 1
  console.log(problem === undefined ? `ok   ${title}` : `FAIL ${title}: ${problem}`)
}

function same(a, b) {
  const sorted = value => (value !== null && typeof value === 'object' ? Object.fromEntries(Object.entries(value).sort().map(([key, item]) => [key, sorted(item)])) : value)
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
}
