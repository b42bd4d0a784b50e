// What docs/moving.md says, done: a site on better-auth moves to `examples/moved`, and back. The page stays open all the
// while, with the official Vue client, and its user signed in.
//   node move.mjs [--binary PATH]
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { DEFAULTS, PASSWORD } from './harness/options.mjs'
import { frameworks, openPage } from './harness/page.mjs'
import { startReference } from './harness/servers.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values: args } = parseArgs({ options: { binary: { type: 'string', default: path.join(root, 'target/debug/moved') } } })
const folder = mkdtempSync(path.join(tmpdir(), 'hallpass-move-'))
const file = path.join(folder, 'auth.db')
const options = { ...DEFAULTS, database: `sqlite:${file}` }
const shown = 'Ann <ann@example.com>'
/** The server that the page's requests go to: another one after each move. */
const site = {}
let step = 'the beginning'

try {
  for (const framework of frameworks) await journey(framework)
} catch (error) {
  console.log(`FAIL moving, ${step}: ${error.stack}`)
  process.exitCode = 1
} finally {
  await site.stop?.()
  rmSync(folder, { recursive: true, force: true })
}
// Timers of the clients would keep the process.
process.exit()

async function journey(framework) {
  for (const name of ['auth.db', 'auth.db-wal', 'auth.db-shm', 'backup.db']) rmSync(path.join(folder, name), { force: true })
  step = `${framework}: on better-auth`
  await move(await startReference(options, folder))
  const page = await openPage(framework, site)
  await sure(page.client.signUp.email({ name: 'Ann', email: 'ann@example.com', password: PASSWORD }))
  await page.shows(shown)

  step = `${framework}: moved, the way back open`
  await move(undefined)
  copyFileSync(file, path.join(folder, 'backup.db'))
  await move(await startMoved({ WAY_BACK: '1' }))
  await page.client.getSession()
  await page.shows(shown)
  await sure(page.client.updateUser({ image: 'https://example.com/ann.png' }))
  await sure(page.client.signOut())
  await page.shows('nobody')
  await sure(page.client.signIn.email({ email: 'ann@example.com', password: PASSWORD }))
  await page.shows(shown)

  step = `${framework}: back on better-auth`
  await move(await startReference(options, folder))
  await sure(page.client.getSession())
  await page.shows(shown)
  await sure(page.client.signOut())
  await sure(page.client.signIn.email({ email: 'ann@example.com', password: PASSWORD }))
  await page.shows(shown)

  step = `${framework}: moved for good`
  await move(await startMoved({}))
  await sure(page.client.changePassword({ currentPassword: PASSWORD, newPassword: 'another password', revokeOtherSessions: true }))
  await page.shows(shown)
  await sure(page.client.signOut())
  await page.shows('nobody')
  await sure(page.client.signIn.email({ email: 'ann@example.com', password: 'another password' }))
  await page.shows(shown)
  const { data } = await page.client.getSession()
  if (data.user.image !== 'https://example.com/ann.png') throw new Error('what was changed on the way is lost')
  page.close()
  await move(undefined)
  if (!existsSync(path.join(folder, 'backup.db'))) throw new Error('the backup is gone')
  console.log(`ok   ${framework}: moved, back, and moved for good`)
}

/** Ends the server that the site is on, and puts another in its place. */
async function move(server) {
  await site.stop?.()
  site.stop = server && (() => server.stop())
  site.port = server?.port
}

/** What a call gives, unless that is an error. */
async function sure(call) {
  const { data, error } = await call
  if (error) throw new Error(JSON.stringify(error))
  return data
}

async function startMoved(more) {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address()
  listener.close()
  await once(listener, 'close')
  const env = { PATH: process.env.PATH, DATABASE_PATH: file, BETTER_AUTH_SECRET: options.secret, BETTER_AUTH_URL: options.baseURL, PORT: String(port), ...more }
  const child = spawn(path.resolve(args.binary), [], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(([code]) => { throw new Error(`it ended with code ${code}`) })
  await Promise.race([once(createInterface(child.stdout), 'line'), ended])
  return {
    port,
    async stop() {
      ended.catch(() => {})
      child.kill()
      await ended.catch(() => {})
    },
  }
}
