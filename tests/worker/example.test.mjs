// The example Worker, used as its users do: by better-auth's own client, in workerd, over D1.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:net'
import { after, before, test } from 'node:test'
import { createAuthClient } from 'better-auth/client'
import { start } from './workerd.mjs'

const folder = process.env.WORKER_BUNDLE
const PASSWORD = 'correct horse battery'
let data, port, worker
let next = 1

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'hallpass-worker-'))
  port = await freePort()
  worker = await start({ folder, data, port })
})

after(async () => {
  await worker.dispose()
  await rm(data, { recursive: true })
})

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(done => server.once('listening', done))
  const { port } = server.address()
  await new Promise(done => server.close(done))
  return port
}

/** The client of a browser: with its cookies, and where it is. */
function browser() {
  const cookies = new Map()
  const address = `203.0.113.${next++}`
  const origin = `http://localhost:${port}`
  async function customFetchImpl(url, options) {
    const headers = new Headers(options.headers)
    headers.set('origin', origin)
    // One address for each browser, as Cloudflare tells it.
    headers.set('cf-connecting-ip', address)
    headers.set('cookie', [...cookies].map(pair => pair.join('=')).join('; '))
    const answer = await fetch(String(url).replace(origin, `http://127.0.0.1:${port}`), { ...options, headers })
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
      if (/max-age=0/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return answer
  }
  return createAuthClient({ baseURL: origin, fetchOptions: { customFetchImpl } })
}

async function signedUp(email) {
  const client = browser()
  const { data, error } = await client.signUp.email({ name: 'Ann', email, password: PASSWORD })
  assert.equal(error, null)
  assert.equal(data.user.email, email)
  return client
}

async function who(client) {
  const { data, error } = await client.getSession()
  assert.equal(error, null)
  return data?.user.email ?? null
}

test('signs up, in and out', async () => {
  const client = await signedUp('ann@example.com')
  assert.equal(await who(client), 'ann@example.com')
  assert.equal((await client.signOut()).data.success, true)
  assert.equal(await who(client), null)
  assert.equal((await client.signIn.email({ email: 'ann@example.com', password: 'wrong horse battery' })).error.code, 'INVALID_EMAIL_OR_PASSWORD')
  assert.equal((await client.signIn.email({ email: 'ann@example.com', password: PASSWORD })).error, null)
  assert.equal(await who(client), 'ann@example.com')
})

test('changes what is known of a user, in every session', async () => {
  const one = await signedUp('bea@example.com')
  const two = browser()
  await two.signIn.email({ email: 'bea@example.com', password: PASSWORD })
  assert.equal((await one.updateUser({ name: 'Bea' })).data.status, true)
  assert.equal((await two.getSession()).data.user.name, 'Bea')
  assert.equal((await one.listSessions()).data.length, 2)
  assert.equal((await one.changePassword({ currentPassword: PASSWORD, newPassword: 'another horse battery', revokeOtherSessions: true })).error, null)
  assert.equal(await who(two), null)
  assert.equal(await who(one), 'bea@example.com')
})

test('of fifty sign-ups of one address at once one makes the user', async () => {
  const signUps = Array.from({ length: 50 }, () => browser().signUp.email({ name: 'Cy', email: 'cy@example.com', password: PASSWORD }))
  const answers = await Promise.all(signUps)
  assert.equal(answers.filter(({ error }) => error === null).length, 1)
  const codes = new Set(answers.filter(({ error }) => error !== null).map(({ error }) => error.code))
  assert.deepEqual([...codes], ['USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL'])
  const database = await worker.getD1Database('DB')
  assert.equal(await database.prepare('select count(*) as n from user where email = ?').bind('cy@example.com').first('n'), 1)
})

test('what is kept outlives workerd', async () => {
  const client = await signedUp('dan@example.com')
  await worker.dispose()
  worker = await start({ folder, data, port })
  assert.equal(await who(client), 'dan@example.com')
})

test('a Worker without its secret, or with a short one, or without its database says why in the log, and nothing outside', async () => {
  for (const [options, named] of [
    [{ bindings: { HALLPASS_SECRET: undefined } }, 'HALLPASS_SECRET'],
    [{ bindings: { HALLPASS_SECRET: 'short' } }, 'secret'],
    [{ bindings: { BASE_URL: 'nowhere' } }, 'URL'],
    [{ hasDatabase: false }, 'DB'],
    [{ migrates: false }, 'no such table'],
  ]) {
    const lines = []
    const port = await freePort()
    const other = await start({ folder, port, log: text => lines.push(text), ...options })
    const answer = await other.dispatchFetch('http://localhost/api/auth/sign-in/email', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: `http://localhost:${port}` },
      body: JSON.stringify({ email: 'ann@example.com', password: PASSWORD }),
    })
    assert.equal(answer.status, 500, named)
    assert.ok(['', 'INTERNAL SERVER ERROR'].includes(await answer.text()), named)
    await other.dispose()
    assert.match(lines.join(''), new RegExp(named))
  }
})
