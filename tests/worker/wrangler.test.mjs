// The example as its wrangler.jsonc has it: `wrangler d1 migrations apply` and `wrangler dev`, on this machine alone.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const WRANGLER = fileURLToPath(new URL('node_modules/wrangler/bin/wrangler.js', import.meta.url))
const EXAMPLE = fileURLToPath(new URL('../../examples/worker', import.meta.url))
const SECRET = 'tests-and-development-only-0123456789abcdef'
let folder, environment

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hallpass-wrangler-'))
  environment = { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false', XDG_CONFIG_HOME: folder }
  const config = JSON.parse((await readFile(join(EXAMPLE, 'wrangler.jsonc'), 'utf8')).replace(/^\s*\/\/.*$/gm, ''))
  // The bundle is built already.
  delete config.build
  config.main = join(resolve(process.env.WORKER_BUNDLE), 'worker.mjs')
  config.d1_databases[0].migrations_dir = join(EXAMPLE, config.d1_databases[0].migrations_dir)
  config.assets.directory = join(EXAMPLE, config.assets.directory)
  await writeFile(join(folder, 'wrangler.json'), JSON.stringify(config))
})

after(() => rm(folder, { recursive: true }))

test('wrangler makes the tables, and serves sign-up, sign-in and the page', async () => {
  const applied = await promisify(execFile)(process.execPath, [WRANGLER, 'd1', 'migrations', 'apply', 'DB', '--local'], { cwd: folder, env: environment })
  assert.match(applied.stdout, /0001_hallpass\.sql.*✅/)

  const port = await freePort()
  const origin = `http://localhost:${port}`
  await writeFile(join(folder, '.dev.vars'), `HALLPASS_SECRET=${SECRET}\nBASE_URL=${origin}\nOUTBOX=on\n`)
  const dev = spawn(process.execPath, [WRANGLER, 'dev', '--local', '--port', String(port), '--inspector-port', '0'], { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await ready(dev)
    const post = (path, body) => fetch(`${origin}/api/auth${path}`, { method: 'POST', headers: { origin, 'content-type': 'application/json' }, body: JSON.stringify(body) })
    const credentials = { email: 'ann@example.com', password: 'correct horse battery' }
    assert.equal((await post('/sign-up/email', { name: 'Ann', ...credentials })).status, 200)
    assert.equal((await post('/sign-in/email', credentials)).status, 200)
    assert.equal((await post('/sign-in/email', { ...credentials, password: 'another horse battery' })).status, 401)
    assert.match(await (await fetch(origin)).text(), /<title>hallpass/)
    assert.match(await (await fetch(`${origin}/outbox`)).text(), /ann@example\.com/)
  } finally {
    dev.kill('SIGINT')
    await once(dev, 'exit')
  }
})

/** Waits until it listens. */
async function ready(child) {
  const lines = createInterface({ input: child.stdout })
  const said = []
  for await (const line of lines) {
    said.push(line)
    if (line.includes('Ready on')) {
      child.stdout.resume()
      return
    }
  }
  assert.fail(`wrangler ended: ${said.join('\n')}`)
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
