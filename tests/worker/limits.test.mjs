// Limits in workerd: guesses are counted in D1, floods by the binding.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Miniflare } from 'miniflare'
import { bundled, migrate } from './workerd.mjs'

const ORIGIN = 'http://localhost:8787'
const LIMIT = 5
let worker

before(async () => {
  const ratelimits = { LIMITER: { simple: { limit: LIMIT, period: 60 } } }
  worker = new Miniflare({ ...(await bundled(process.env.WORKER_SUITE_BUNDLE, text => process.stderr.write(text))), d1Databases: ['DB'], ratelimits })
  await worker.ready
  await migrate(await worker.getD1Database('DB'))
})

after(() => worker.dispose())

const from = address => ({ 'cf-connecting-ip': address })

const guess = address =>
  worker.dispatchFetch(`${ORIGIN}/limited/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: ORIGIN, ...from(address) },
    body: JSON.stringify({ email: 'ann@example.com', password: 'a wrong password' }),
  })

const statuses = async requests => (await Promise.all(requests)).map(answer => answer.status).sort()

test('of thirty guesses at once three are looked at, and another client is none of theirs', async () => {
  const answers = await statuses(Array.from({ length: 30 }, () => guess('203.0.113.9')))
  assert.deepEqual(answers, [...Array(3).fill(401), ...Array(27).fill(429)])
  assert.deepEqual(await statuses([guess('203.0.113.10')]), [401])
  const counts = await (await worker.getD1Database('DB')).prepare('select "key", "value" from "hallpass_storage" order by "key"').all()
  assert.deepEqual(counts.results, [
    { key: '203.0.113.10|/sign-in/email', value: '1' },
    { key: '203.0.113.9|/sign-in/email', value: '30' },
  ])
})

test('a flood is the binding\'s, and costs D1 nothing', async () => {
  const before = await rows()
  const answers = []
  for (let turn = 0; turn <= LIMIT; turn++) answers.push(await worker.dispatchFetch(`${ORIGIN}/limited/get-session`, { headers: from('203.0.113.11') }))
  assert.deepEqual(answers.map(answer => answer.status), [...Array(LIMIT).fill(200), 429])
  assert.equal(answers.at(-1).headers.get('x-retry-after'), '60')
  assert.equal((await worker.dispatchFetch(`${ORIGIN}/limited/get-session`, { headers: from('203.0.113.12') })).status, 200)
  assert.equal(await rows(), before)
})

async function rows() {
  return (await worker.getD1Database('DB')).prepare('select count(*) as n from "hallpass_storage"').first('n')
}
