// `examples/quickstart` on PostgreSQL, with or without Redis, two processes of it, used by the official client.
//   node quickstart.mjs --postgres URL [--redis URL] --binary PATH   (of a cluster: all masters, commas between)
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { createAuthClient } from 'better-auth/client'
import { Jar } from './harness/cookies.mjs'
import { PASSWORD } from './harness/options.mjs'

const { values: args } = parseArgs({ options: { postgres: { type: 'string' }, redis: { type: 'string' }, binary: { type: 'string' } } })
const SITE = 'http://localhost:3000'
const EMAIL = `ann-${process.pid}@example.com`
const environment = {
  ...process.env,
  PORT: '0',
  BASE_URL: SITE,
  DATABASE_URL: args.postgres,
  REDIS_URL: args.redis ?? '',
  HALLPASS_SECRET: 'tests-and-development-only-0123456789abcdef',
}
let failed = 0

/** Starts one, and says where it listens. */
async function start() {
  const child = spawn(args.binary, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^listening on http:\/\/localhost:(\d+)$/.exec(line)?.[1]
    if (port) return { child, origin: `http://127.0.0.1:${port}` }
  }
  throw new Error(`${args.binary} has ended`)
}

async function stop({ child }) {
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  check('it ends when it is told to', code === 0)
}

/** A browser whose requests go to the servers in turn. */
function browser(servers) {
  const jar = new Jar()
  let turn = 0
  const client = createAuthClient({
    baseURL: SITE,
    fetchOptions: {
      customFetchImpl: async (url, init) => {
        const { pathname, search } = new URL(url)
        const headers = new Headers(init.headers)
        headers.set('origin', SITE)
        headers.set('cookie', jar.header() ?? '')
        const answer = await fetch(`${servers[turn++ % servers.length].origin}${pathname}${search}`, { ...init, headers })
        for (const cookie of answer.headers.getSetCookie()) jar.take(cookie)
        return answer
      },
    },
  })
  return client
}

const who = async client => (await client.getSession()).data?.user.email ?? null

const servers = [await start(), await start()]
const client = browser(servers)
const { error } = await client.signUp.email({ name: 'Ann', email: EMAIL, password: PASSWORD })
check(`who signs up is signed in${error ? `, and not told ${error.code}` : ''}`, error === null)
check('at both', (await who(client)) === EMAIL && (await who(client)) === EMAIL)
check('a change is seen at both', (await client.updateUser({ name: 'Bea' })).data?.status === true)
for (let turn = 0; turn < 2; turn++) check('by its name', (await client.getSession()).data?.user.name === 'Bea')
check('and there is one session', (await client.listSessions()).data?.length === 1)

await stop(servers[0])
servers[0] = await start()
check('who is signed in stays so when the processes do not', (await who(client)) === EMAIL && (await who(client)) === EMAIL)

check('who signs out is signed out', (await client.signOut()).data?.success === true)
check('at both', (await who(client)) === null && (await who(client)) === null)

// Three in ten seconds, whichever of them is asked.
const answers = []
for (let attempt = 0; attempt < 6; attempt++) answers.push(await client.signIn.email({ email: EMAIL, password: 'wrong horse battery' }))
const statuses = answers.map(({ error }) => error.status)
check(`guesses are counted by both together: ${statuses}`, statuses.filter(status => status === 401).length === 3 && statuses.filter(status => status === 429).length === 3)
for (const server of servers) await stop(server)
process.exitCode = failed > 0 ? 1 : 0

function check(title, holds) {
  if (!holds) failed += 1
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${title}`)
}
