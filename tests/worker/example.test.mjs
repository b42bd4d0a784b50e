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
  worker = await start({ folder, data, port, bindings: { OUTBOX: 'on' } })
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
function browser(cookies = new Map()) {
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

async function signedUp(email, cookies) {
  const client = browser(cookies)
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

/** The link of the newest of `count` mails to `email`. They are sent after the answer: it waits for that. */
async function link(email, count) {
  for (const end = Date.now() + 10_000; ; ) {
    const page = await (await fetch(`http://127.0.0.1:${port}/outbox`)).text()
    const mails = page.split('<article>').filter(mail => mail.includes(`to ${email}<`))
    if (mails.length === count) return /href="([^"]+)"/.exec(mails[0])[1].replaceAll('&amp;', '&')
    assert.ok(Date.now() < end, `${mails.length} of ${count} mails came`)
  }
}

test('an address is proven by the mailed link, which signs in, and a password reset by another', async () => {
  await signedUp('eve@example.com')
  const verify = await link('eve@example.com', 1)
  const client = browser()
  const token = new URL(verify).searchParams.get('token')
  assert.equal((await client.verifyEmail({ query: { token } })).error, null)
  assert.equal((await client.getSession()).data.user.emailVerified, true)

  const other = browser()
  assert.equal((await other.requestPasswordReset({ email: 'eve@example.com', redirectTo: '/' })).error, null)
  const reset = await link('eve@example.com', 2)
  const landed = await fetch(reset.replace('//localhost', '//127.0.0.1'), { redirect: 'manual' })
  assert.equal(landed.status, 302)
  const given = new URL(landed.headers.get('location'), reset).searchParams.get('token')
  assert.equal((await other.resetPassword({ newPassword: 'a third horse battery', token: given })).error, null)
  assert.equal(await who(client), null)
  assert.equal((await other.resetPassword({ newPassword: 'a fourth horse battery', token: given })).error.code, 'INVALID_TOKEN')
  assert.equal((await other.signIn.email({ email: 'eve@example.com', password: PASSWORD })).error.code, 'INVALID_EMAIL_OR_PASSWORD')
  assert.equal((await other.signIn.email({ email: 'eve@example.com', password: 'a third horse battery' })).error, null)
  assert.equal(await who(other), 'eve@example.com')
})

test('guesses are counted in the database', async () => {
  const client = await signedUp('ida@example.com')
  const guesses = []
  for (let guess = 0; guess < 4; guess += 1) guesses.push((await client.signIn.email({ email: 'ida@example.com', password: 'wrong horse battery' })).error.status)
  assert.deepEqual(guesses, [401, 401, 401, 429])
  const database = await worker.getD1Database('DB')
  assert.ok((await database.prepare('select count(*) as n from hallpass_storage').first('n')) > 0)
})

test('an own route knows who is signed in', async () => {
  const client = await signedUp('fay@example.com')
  const picture = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
  const put = (body, headers) => client.$fetch(`http://localhost:${port}/picture`, { method: 'PUT', body, headers: { 'x-requested-with': 'tests', ...headers } })
  const { data } = await put(picture, {})
  const shown = await fetch(data.url.replace('//localhost', '//127.0.0.1'))
  assert.equal(shown.headers.get('content-type'), 'image/png')
  assert.deepEqual(Buffer.from(await shown.arrayBuffer()), picture)
  assert.equal((await put(Buffer.from('<svg onload=alert(1)>'), {})).error.status, 415)
  // It is refused before it has come: the connection may be closed under whoever still sends.
  const large = await put(Buffer.alloc(2 << 20, picture), {}).catch(() => ({ error: { status: 413 } }))
  assert.equal(large.error.status, 413)
  const kept = () => fetch(data.url.replace('//localhost', '//127.0.0.1'))
  assert.deepEqual(Buffer.from(await (await kept().catch(kept)).arrayBuffer()), picture)
  assert.equal((await client.$fetch(`http://localhost:${port}/picture`, { method: 'PUT', body: picture })).error.status, 403)
  assert.equal((await browser().$fetch(`http://localhost:${port}/picture`, { method: 'PUT', body: picture, headers: { 'x-requested-with': 'tests' } })).error.status, 401)
})

test('the page is among the assets', async () => {
  const answer = await fetch(`http://127.0.0.1:${port}/`)
  assert.equal(answer.status, 200)
  assert.match(await answer.text(), /<title>hallpass/)
  assert.match(answer.headers.get('content-security-policy'), /frame-ancestors 'none'/)
})

test('what has expired goes when the clock of triggers strikes', async () => {
  await signedUp('gus@example.com')
  const database = await worker.getD1Database('DB')
  const sessions = () => database.prepare("select count(*) as n from session where expiresAt = '2000-01-01T00:00:00.000Z'").first('n')
  await database.prepare("update session set expiresAt = '2000-01-01T00:00:00.000Z' where userId in (select id from user where email = 'gus@example.com')").run()
  assert.equal(await sessions(), 1)
  assert.equal((await (await worker.getWorker()).scheduled({ cron: '0 * * * *' })).outcome, 'ok')
  assert.equal(await sessions(), 0)
})

test('sessions in KV are copies: who signs out is signed out, and an outbox is for development alone', async () => {
  const own = { port }
  port = await freePort()
  const cached = await start({ folder, port, bindings: { SESSION_CACHE_SECONDS: '60' } })
  try {
    const cookies = new Map()
    const client = await signedUp('hal@example.com', cookies)
    const copied = browser(new Map(cookies))
    assert.equal(await who(copied), 'hal@example.com')
    const namespace = await cached.getKVNamespace('SESSIONS')
    assert.equal((await namespace.list()).keys.length, 1)
    assert.equal((await client.signOut()).data.success, true)
    assert.equal(await who(copied), null)
    assert.equal((await fetch(`http://127.0.0.1:${port}/outbox`)).status, 404)
  } finally {
    port = own.port
    await cached.dispose()
  }
})

test('what is kept outlives workerd', async () => {
  const client = await signedUp('dan@example.com')
  await worker.dispose()
  worker = await start({ folder, data, port, bindings: { OUTBOX: 'on' } })
  assert.equal(await who(client), 'dan@example.com')
})

test('a Worker without its secret, or with a short one, or without its database says why in the log, and nothing outside', async () => {
  for (const [options, named] of [
    [{ bindings: { HALLPASS_SECRET: undefined } }, 'HALLPASS_SECRET'],
    [{ bindings: { HALLPASS_SECRET: 'short' } }, 'secret'],
    [{ bindings: { BASE_URL: 'nowhere' } }, 'URL'],
    [{ bindings: { SESSION_CACHE_SECONDS: 'some' } }, 'SESSION_CACHE_SECONDS'],
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
