// Requests at once, and requests that go wrong, over D1 in workerd.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Miniflare } from 'miniflare'
import { bundled, migrate } from './workerd.mjs'

const ORIGIN = 'http://localhost:8787'
const PASSWORD = 'correct horse battery'
let worker

before(async () => {
  worker = new Miniflare({ ...(await bundled(process.env.WORKER_SUITE_BUNDLE, () => {})), d1Databases: ['DB'] })
  await worker.ready
  await migrate(await worker.getD1Database('DB'))
})

after(() => worker.dispose())

const get = (path, headers = {}) => worker.dispatchFetch(ORIGIN + path, { headers, redirect: 'manual' })

const post = (path, body, headers = {}) =>
  worker.dispatchFetch(`${ORIGIN}/api/auth${path}`, { method: 'POST', headers: { 'content-type': 'application/json', origin: ORIGIN, ...headers }, body: JSON.stringify(body) })

const crowd = (number, request) => Promise.all(Array.from({ length: number }, (_, index) => request(index)))

async function count(sql, ...values) {
  const database = await worker.getD1Database('DB')
  return database.prepare(`select count(*) as n from ${sql}`).bind(...values).first('n')
}

async function mailed(address) {
  for (let tries = 0; tries < 100; tries++) {
    const mail = (await (await get('/mails')).json()).find(([to]) => to === address)
    if (mail) return mail[1]
  }
  throw new Error(`no mail to ${address}`)
}

async function signedUp(name) {
  const email = `${name}@example.com`
  const answer = await post('/sign-up/email', { name, email, password: PASSWORD })
  assert.equal(answer.status, 200)
  return { email, cookie: answer.headers.getSetCookie().map(line => line.split(';')[0]).join('; ') }
}

async function who(cookie) {
  const answer = await get('/api/auth/get-session', { cookie })
  assert.equal(answer.status, 200)
  return (await answer.json())?.user.email ?? null
}

test('of two hundred requests with one reset token one sets the password', async () => {
  const { email, cookie } = await signedUp('ann')
  assert.equal((await post('/request-password-reset', { email })).status, 200)
  const token = await mailed(email)
  const answers = await crowd(200, async index => {
    const answer = await post('/reset-password', { token, newPassword: `new password ${index}` })
    return [answer.status, await answer.json()]
  })
  const won = answers.flatMap(([status], index) => (status === 200 ? [index] : []))
  assert.equal(won.length, 1)
  for (const [status, { code }] of answers.filter(([status]) => status !== 200)) assert.deepEqual([status, code], [400, 'INVALID_TOKEN'])
  assert.equal(await who(cookie), null)
  const signIn = password => post('/sign-in/email', { email, password })
  assert.equal((await signIn(`new password ${won[0]}`)).status, 200)
  assert.equal((await signIn(`new password ${(won[0] + 1) % 200}`)).status, 401)
  assert.equal((await signIn(PASSWORD)).status, 401)
})

test('of two hundred requests with one mailed link one is signed in', async () => {
  const email = 'bea@example.com'
  assert.equal((await post('/sign-in/magic-link', { email })).status, 200)
  const token = await mailed(email)
  const answers = await crowd(200, () => get(`/api/auth/magic-link/verify?token=${token}`))
  assert.equal(answers.filter(answer => answer.headers.getSetCookie().length > 0).length, 1)
  assert.deepEqual([await count('user where email = ?', email), await count('session where userId = (select id from user where email = ?)', email)], [1, 1])
})

test('of fifty sign-ups of one address one makes the user', async () => {
  const answers = await crowd(50, () => post('/sign-up/email', { name: 'Cy', email: 'cy@example.com', password: PASSWORD }))
  assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  assert.deepEqual([await count('user where email = ?', 'cy@example.com'), await count('account where userId not in (select id from user)')], [1, 0])
})

test('a batch whose last statement fails leaves nothing', async () => {
  assert.deepEqual(await (await get('/batch')).json(), ['Conflict', 0])
})

test('in sessions of D1 a bookmark tells how far it is, and a binding that is missing is named', async () => {
  const [[before, written, read], row, missing] = await (await get('/sessions')).json()
  assert.equal(before, null)
  assert.ok(written && read >= written, `${written} ${read}`)
  assert.equal(row, 7)
  assert.match(missing, /`NOTHING`.*`d1_databases` in wrangler\.jsonc/)
})

test('a panic ends the requests that are under way, and the next ones find all as it was', async () => {
  const { email, cookie } = await signedUp('dan')
  const signIn = () => post('/sign-in/email', { email, password: PASSWORD })
  for (let turn = 0; turn < 3; turn++) {
    const slow = crowd(5, () => get('/slow'))
    const signIns = crowd(5, signIn)
    await get('/api/auth/ok')
    const panicked = await get('/panic')
    assert.equal(panicked.status, 500)
    assert.match(await panicked.text(), /as it was asked to/)
    assert.deepEqual((await slow).map(({ status }) => status), Array(5).fill(500))
    // Whether these were quicker or not, each has an answer.
    for (const { status } of await signIns) assert.ok([200, 500].includes(status), String(status))
    assert.equal(await who(cookie), email)
    assert.equal((await signIn()).status, 200)
    assert.equal(await (await get('/slow')).text(), 'at last')
  }
})
