// How often auth alone asks D1 in each flow: what a request waits for, and what is paid for.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { start } from './workerd.mjs'

const ORIGIN = 'http://localhost:8787'
const PASSWORD = 'correct horse battery'
let worker

before(async () => {
  worker = await start({ folder: process.env.WORKER_SMALLEST_BUNDLE, counts: true, bindings: { BASE_URL: ORIGIN } })
})

after(() => worker.dispose())

/** Sends a request; what it answers, the session cookie that it sets, and the calls that it took. */
async function counted(path, { body, cookie, ...init } = {}) {
  await worker.dispatchFetch(`${ORIGIN}/calls`)
  const headers = { origin: ORIGIN, 'cf-connecting-ip': '203.0.113.1', ...(body && { 'content-type': 'application/json' }), ...(cookie && { cookie }) }
  const answer = await worker.dispatchFetch(`${ORIGIN}/api/auth${path}`, { ...(body && { method: 'POST', body: JSON.stringify(body) }), ...init, headers })
  const told = await answer.json()
  assert.equal(answer.status, 200, JSON.stringify(told))
  const calls = await (await worker.dispatchFetch(`${ORIGIN}/calls`)).json()
  return { told, calls, cookie: answer.headers.getSetCookie().map(line => line.split(';')[0]).join('; ') }
}

test('a flow asks D1 no more often than it has to', async () => {
  // What an isolate asks once, it asks now.
  await counted('/sign-up/email', { body: { name: 'Zoe', email: 'zoe@example.com', password: PASSWORD } })
  const ann = { email: 'ann@example.com', password: PASSWORD }
  const signUp = await counted('/sign-up/email', { body: { name: 'Ann', ...ann } })
  const signIn = await counted('/sign-in/email', { body: ann })
  const getSession = await counted('/get-session', { cookie: signIn.cookie })
  assert.equal(getSession.told.user.email, ann.email)
  const signOut = await counted('/sign-out', { body: {}, cookie: signIn.cookie })
  const roundTrips = { signUp, signIn, getSession, signOut }
  for (const [flow, { calls }] of Object.entries(roundTrips)) console.log(flow, JSON.stringify(calls))
  assert.ok(signUp.calls.roundTrips <= 2)
  assert.ok(signIn.calls.roundTrips <= 3)
  assert.deepEqual([getSession.calls.roundTrips, getSession.calls.statements], [1, 1])
  assert.ok(signOut.calls.roundTrips <= 2)
  assert.ok(Object.values(roundTrips).every(({ calls }) => calls.kv === 0))
})

test('nobody signed in asks D1 nothing', async () => {
  assert.equal((await counted('/get-session')).calls.roundTrips, 0)
  assert.equal((await counted('/get-session', { cookie: 'better-auth.session_token=made.up' })).calls.roundTrips, 0)
})
