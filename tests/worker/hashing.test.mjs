// Passwords hashed by another Worker, and by Durable Objects.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Miniflare } from 'miniflare'
import { bundled, migrate } from './workerd.mjs'

const ORIGIN = 'http://localhost:8787'
const SECRET = 'tests-and-development-only-0123456789abcdef'
const CREDENTIALS = { email: 'ann@example.com', password: 'correct horse battery' }

/** The example with `bindings` to whoever hashes, beside `hashing`; what `use` does with it, and what was logged. */
async function beside(hashing, bindings, use) {
  const lines = []
  const log = text => lines.push(text)
  const { host, handleRuntimeStdio, ...app } = await bundled(process.env.WORKER_BUNDLE, log)
  const worker = new Miniflare({
    host,
    handleRuntimeStdio,
    workers: [
      {
        name: 'app',
        ...app,
        d1Databases: ['DB'],
        ratelimits: { LIMITER: { simple: { limit: 600, period: 60 } } },
        bindings: { HALLPASS_SECRET: SECRET, BASE_URL: ORIGIN },
        ...bindings,
      },
      { name: 'hashing', ...hashing },
    ],
  })
  try {
    await worker.ready
    const database = await worker.getD1Database('DB', 'app')
    await migrate(database)
    const post = async (path, body) => (await worker.getWorker('app')).fetch(`${ORIGIN}/api/auth${path}`, { method: 'POST', headers: { origin: ORIGIN, 'content-type': 'application/json' }, body: JSON.stringify(body) })
    await use(post, database)
  } finally {
    await worker.dispose()
  }
  return lines.join('')
}

async function real() {
  const { modules, modulesRoot, compatibilityDate } = await bundled(process.env.WORKER_HASHING_BUNDLE)
  return { modules, modulesRoot, compatibilityDate, durableObjects: { OBJECTS: { className: 'Hashing', useSQLite: true } } }
}

/** One that answers whatever it is asked by `answer`, a line of JavaScript. */
const fake = answer => ({ modules: [{ type: 'ESModule', path: '/hashing.mjs', contents: `export default { async fetch(request) { ${answer} } }` }], modulesRoot: '/', compatibilityDate: '2026-04-26' })

const SERVICE = { serviceBindings: { HASHING: 'hashing' } }
const OBJECTS = { durableObjects: { HASHING_OBJECTS: { className: 'Hashing', scriptName: 'hashing', useSQLite: true } } }

for (const [name, bindings] of Object.entries({ 'another Worker': SERVICE, 'Durable Objects': OBJECTS })) {
  test(`${name} hashes what is signed up and in by`, async () => {
    const logged = await beside(await real(), bindings, async (post, database) => {
      assert.equal((await post('/sign-up/email', { name: 'Ann', ...CREDENTIALS })).status, 200)
      assert.match(await database.prepare('select password from account').first('password'), /^\$argon2id\$/)
      assert.equal((await post('/sign-in/email', CREDENTIALS)).status, 200)
      assert.equal((await post('/sign-in/email', { ...CREDENTIALS, password: 'another horse battery' })).status, 401)
    })
    assert.equal(logged, '')
  })
}

test('nobody signs in where whoever hashes fails, or answers what is no answer', async () => {
  const hash = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'
  const whenVerified = answer => fake(`const { hash } = await request.json(); return hash ? ${answer} : Response.json({ hash: '${hash}' })`)
  for (const [answer, status] of [
    ['new Response(null, { status: 500 })', 500],
    ["Response.json({ verdict: 'perhaps' })", 500],
    ["Response.json({ verdict: true })", 500],
    [`Response.json({ hash: '${hash}' })`, 500],
    ["Response.json({ verdict: 'right' }, { status: 500 })", 500],
    ["new Response('right')", 500],
    ["Response.json({ busy: 3 })", 503],
    ["Response.json({ verdict: 'wrong' })", 401],
  ]) {
    const logged = await beside(whenVerified(answer), SERVICE, async (post, database) => {
      assert.equal((await post('/sign-up/email', { name: 'Ann', ...CREDENTIALS })).status, 200)
      await database.prepare('delete from session').run()
      const refused = await post('/sign-in/email', CREDENTIALS)
      assert.equal(refused.status, status, answer)
      assert.deepEqual(refused.headers.getSetCookie(), [], answer)
      assert.equal(await database.prepare('select count(*) as n from session').first('n'), 0, answer)
    })
    assert.ok(!logged.includes(CREDENTIALS.password) && !logged.includes(hash), answer)
    if (status === 500) assert.match(logged, /hash/, answer)
  }
})

test('whoever hashes answers nothing but questions', async () => {
  const { host, ...hashing } = await bundled(process.env.WORKER_HASHING_BUNDLE, () => {})
  const worker = new Miniflare({ host, ...hashing })
  try {
    const ask = (body, init) => worker.dispatchFetch('https://hashing.internal/', { method: 'POST', body, ...init })
    assert.equal((await worker.dispatchFetch('https://hashing.internal/')).status, 405)
    for (const body of ['', '{}', '{"password":1}', '{"password":"a","hash":{}}', '{"password":"a","more":1}', `{"password":"${'a'.repeat(70_000)}"}`]) assert.equal((await ask(body)).status, 400, body.slice(0, 40))
    const { hash } = await (await ask('{"password":"correct horse"}')).json()
    const verdict = async password => (await (await ask(JSON.stringify({ password, hash }))).json()).verdict
    assert.equal(await verdict('correct horse'), 'right')
    assert.equal(await verdict('correct hors'), 'wrong')
    assert.deepEqual(await (await ask('{"password":"a","hash":"no hash"}')).json(), { malformed: true })
  } finally {
    await worker.dispose()
  }
})
