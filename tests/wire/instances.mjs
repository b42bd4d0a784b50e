// Two processes of hallpass behind one database, with or without one Redis, are one: sessions, limits, single-use tokens.
//   node instances.mjs [--redis URL] [--postgres URL] [--server PATH]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createAuthClient } from 'better-auth/client'
import { Jar } from './harness/cookies.mjs'
import { current, post } from './harness/exchange.mjs'
import { DEFAULTS, PASSWORD } from './harness/options.mjs'
import { elsewhere, startHallpass } from './harness/servers.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values: args } = parseArgs({
  options: { server: { type: 'string', default: path.join(root, 'target/debug/wire-server') }, redis: { type: 'string' }, postgres: { type: 'string' } },
})
const ROUNDS = 20
const AT_ONCE = 50
const LIMIT = 30
const folder = mkdtempSync(path.join(tmpdir(), 'hallpass-instances-'))
// One prefix, so that both processes have the same keys.
if (args.redis) elsewhere.redis = `${args.redis}#instances-${process.pid}`
const options = {
  ...DEFAULTS,
  database: args.postgres ? `${args.postgres}#instances ${process.pid}` : `sqlite:${path.join(folder, 'auth.db')}`,
  ...(args.redis && { secondaryStorage: 'memory' }),
  emailAndPassword: { enabled: true, sendResetPassword: true },
  rateLimit: { enabled: true, storage: args.redis ? 'secondary-storage' : 'database', window: 3600, max: 100_000, customRules: { '/ok': { window: 3600, max: LIMIT }, '/sign-*/*': { window: 3600, max: 100_000 }, '/re*': { window: 3600, max: 100_000 } } },
}
let failed = 0
const both = []
try {
  for (let instance = 0; instance < 2; instance++) both.push(await startHallpass(args.server, options, mkdtempSync(`${folder}/`)))
  await sessions()
  await limits()
  await tokens()
} catch (error) {
  check(`the servers start and answer: ${error.stack}`, false)
} finally {
  for (const server of both) await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed > 0 ? 1 : 0

/** The official client, whose requests go to the two in turn. */
async function sessions() {
  const jar = new Jar()
  let turn = 0
  const client = createAuthClient({
    baseURL: options.baseURL,
    fetchOptions: {
      customFetchImpl: async (url, init) => {
        const { pathname, search } = new URL(url)
        const headers = new Headers(init.headers)
        headers.set('origin', options.baseURL)
        headers.set('x-forwarded-for', '203.0.113.9')
        headers.set('cookie', jar.header() ?? '')
        const response = await fetch(`http://127.0.0.1:${both[turn++ % 2].port}${pathname}${search}`, { ...init, headers })
        for (const cookie of response.headers.getSetCookie()) jar.take(cookie)
        return response
      },
    },
  })
  const user = { name: 'Ann', email: 'ann@example.com', password: PASSWORD }
  const signedUp = await client.signUp.email(user)
  check('who signs up at one is signed in at the other', (await client.getSession()).data?.user.id === signedUp.data?.user.id)
  check('and at the one', (await client.getSession()).data?.user.email === user.email)
  await client.updateUser({ name: 'Ann of Green Gables' })
  check('a change is seen by both', (await client.getSession()).data?.user.name === 'Ann of Green Gables' && (await client.getSession()).data?.user.name === 'Ann of Green Gables')
  const old = jar.copy()
  await client.signOut()
  for (const [index, server] of both.entries()) check(`who has signed out is signed out at ${index}`, (await current(server, old.copy())) === null)
}

async function limits() {
  const asked = Array.from({ length: 10 * LIMIT }, (_, number) => fetch(`http://127.0.0.1:${both[number % 2].port}/api/auth/ok`, { headers: { 'x-forwarded-for': '203.0.113.10' } }))
  const admitted = (await Promise.all(asked)).filter(response => response.status === 200).length
  check(`of ${asked.length} requests at once ${LIMIT} are admitted, not ${admitted}`, admitted === LIMIT)
}

async function tokens() {
  for (let round = 0; round < ROUNDS; round++) {
    await post(both[round % 2], '/request-password-reset', { email: 'ann@example.com', redirectTo: '/new' }, new Jar())
    const { token } = (await both[round % 2].control('GET', '/outbox')).at(-1)
    const used = Array.from({ length: AT_ONCE }, (_, number) => post(both[number % 2], '/reset-password', { newPassword: `${PASSWORD} ${round} ${number}`, token }, new Jar()))
    const won = (await Promise.all(used)).filter(({ status }) => status === 200).length
    if (won !== 1) check(`a link works once, not ${won} times`, false)
  }
  check(`${ROUNDS} links that ${AT_ONCE} requests wanted worked once each`, failed === 0)
}

function check(title, holds) {
  if (!holds) failed += 1
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${title}`)
}
