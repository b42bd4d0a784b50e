// A deliberate fault in one of two servers that are alike: generated scenarios and walks must find it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test, { after, before } from 'node:test'
import { CONFIGURATIONS } from '../generated/configurations.mjs'
import { ENDPOINTS } from '../generated/endpoints.mjs'
import { tryAll } from '../generated/groups.mjs'
import { plan, walk } from '../walks/walk.mjs'
import { send } from './http.mjs'
import { Judge } from './judge.mjs'
import { Pair } from './pair.mjs'
import { STANDING, startReference } from './servers.mjs'

const OPTIONS = CONFIGURATIONS['password resets']
const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1)
const folder = mkdtempSync(path.join(tmpdir(), 'hallpass-spoilt-'))
let servers
let port
let proxy
let runs = 0
/** What is wrong with the second server at the moment. */
let fault = {}

before(async () => {
  servers = await Promise.all(['one', 'other'].map(name => startReference(OPTIONS, mkdtempSync(path.join(folder, name)))))
  await Promise.all(servers.map(server => server.standAt(STANDING)))
  proxy = createServer(forward)
  port = (await once(proxy.listen(0, '127.0.0.1'), 'listening'), proxy.address().port)
})

after(async () => {
  proxy.close()
  await Promise.all(servers.map(server => server.stop()))
  rmSync(folder, { recursive: true, force: true })
})

/** Passes a request on to the second server, and its answer back, with the fault in it. */
async function forward(request, response) {
  const chunks = await request.toArray()
  const headers = Array.from({ length: request.rawHeaders.length / 2 }, (_, i) => request.rawHeaders.slice(2 * i, 2 * i + 2)).filter(([name]) => name.toLowerCase() !== 'connection')
  const body = headers.some(([name]) => name === 'content-length') ? Buffer.concat(chunks) : undefined
  const answer = await send(servers[1].port, { method: request.method, path: request.url, headers, body })
  fault.row?.(servers[1].database)
  const lines = answer.headers.filter(([name]) => !['connection', 'content-length', 'transfer-encoding', 'keep-alive', 'date'].includes(name))
  const text = answer.body.toString()
  response.writeHead(answer.status, answer.statusText, lines.map(([name, value]) => [name, fault.header?.(name, value) ?? value]).flat())
  response.end(fault.body?.(text) ?? text)
}

/** The second server as the harness sees it. */
function spoilt(server) {
  const own = name => (...args) => server[name](...args)
  return {
    port,
    ...Object.fromEntries(['now', 'tick', 'untick', 'standAt', 'advance'].map(name => [name, own(name)])),
    get database() {
      return server.database
    },
    async control(method, path, body) {
      const answer = await server.control(method, path, body)
      return method === 'GET' && path === '/outbox' ? (fault.mails?.(answer) ?? answer) : answer
    },
  }
}

async function pair() {
  runs += 1
  return Pair.on(`run ${runs}`, [servers[0], spoilt(servers[1])], { options: OPTIONS }, new Judge([], undefined, { self: true }))
}

async function generated(route) {
  const t = await pair()
  await tryAll(t, ENDPOINTS.find(({ method, path }) => `${method} ${path}` === route), { all: true })
  return t.problems
}

/** What the first walk finds that finds anything. */
async function walked() {
  for (const seed of SEEDS) {
    const t = await pair()
    await walk(t, plan(seed, 30))
    if (t.problems.length > 0) return t.problems
  }
  return []
}

test('servers that are alike show no difference', async () => {
  fault = {}
  assert.deepEqual(await generated('POST /sign-in/email'), [])
  assert.deepEqual(await generated('POST /request-password-reset'), [])
  assert.deepEqual(await walked(), [])
})

const FAULTS = {
  'a changed message': { body: text => text.replace('Invalid email or password', 'Invalid email or password.') },
  'a dropped cookie attribute': { header: (name, value) => (name === 'set-cookie' ? value.replace('; HttpOnly', '') : value) },
  'a dropped header': { header: (name, value) => (name === 'content-type' ? 'text/plain' : value) },
  'a field that is a second off': { body: text => text.replace(/("expiresAt":"[^"]*)(\d)\.(\d{3}Z")/, (_, start, digit, end) => `${start}${(Number(digit) + 1) % 10}.${end}`) },
  'a dropped row': { row: database => database.prepare('delete from account').run() },
  'a row that is another': { row: database => database.prepare("update session set userAgent = 'x'").run() },
}
for (const [name, made] of Object.entries(FAULTS)) {
  test(`${name} is found by generated scenarios and by walks`, async () => {
    fault = made
    assert.notDeepEqual(await generated('POST /sign-in/email'), [])
    assert.notDeepEqual(await walked(), [])
  })
}

test('a missing mail is found by generated scenarios and by walks', async () => {
  fault = { mails: mails => mails.slice(1) }
  assert.notDeepEqual(await generated('POST /request-password-reset'), [])
  assert.notDeepEqual(await walked(), [])
})
