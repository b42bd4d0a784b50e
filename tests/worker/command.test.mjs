// The command `hallpass` over D1's HTTP API.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { Miniflare } from 'miniflare'
import { serve } from './d1-api.mjs'
import { bundled } from './workerd.mjs'

const ORIGIN = 'http://localhost:8787'
const ACCOUNT = '0123456789abcdef0123456789abcdef'
const ID = '6f2c11d0-0000-4000-8000-000000000000'
const TOKEN = 'a-token-that-nobody-may-see'
let worker, api

before(async () => {
  worker = new Miniflare({ ...(await bundled(process.env.WORKER_SUITE_BUNDLE, () => {})), d1Databases: ['DB'] })
  await worker.ready
  api = await serve(await worker.getD1Database('DB'), { account: ACCOUNT, id: ID, token: TOKEN })
})

after(async () => {
  await api.close()
  await worker.dispose()
})

function hallpass(words, { database = `d1://${ACCOUNT}/${ID}`, token = TOKEN } = {}) {
  const env = { PATH: process.env.PATH, CLOUDFLARE_API_BASE_URL: api.url, ...(token && { CLOUDFLARE_API_TOKEN: token }) }
  const all = ['--database', database, ...words.split(' ')]
  return new Promise(done => {
    execFile(process.env.HALLPASS_COMMAND, all, { env }, (error, out, err) => {
      assert.ok(!(out + err).includes(TOKEN), 'the token is shown')
      done({ code: error?.code ?? 0, text: out + err })
    })
  })
}

const post = (path, body, headers = {}) =>
  worker.dispatchFetch(`${ORIGIN}/api/auth${path}`, { method: 'POST', headers: { 'content-type': 'application/json', origin: ORIGIN, ...headers }, body: JSON.stringify(body) })

test('the command migrates, looks over, finds users and ends their sessions', async () => {
  const doctor = await hallpass('doctor')
  assert.equal(doctor.code, 1)
  assert.match(doctor.text, /no table of users/)
  assert.match((await hallpass('migrate')).text, /^applied core\/0001/)
  assert.equal((await hallpass('migrate')).text, 'nothing is missing\n')
  assert.deepEqual([(await hallpass('doctor')).code], [0])

  // The Worker works with what the command made.
  const email = 'ann@example.com'
  const answer = await post('/sign-up/email', { name: 'Ann', email, password: 'correct horse battery' })
  assert.equal(answer.status, 200)
  const cookie = answer.headers.getSetCookie().map(line => line.split(';')[0]).join('; ')
  const who = async () => (await worker.dispatchFetch(`${ORIGIN}/api/auth/get-session`, { headers: { cookie } })).json()
  assert.equal((await who()).user.email, email)
  assert.match((await hallpass(`users find ${email}`)).text, /ann@example\.com/)
  assert.match((await hallpass(`sessions list ${email}`)).text, /\d/)
  assert.equal((await hallpass(`users revoke ${email}`)).code, 0)
  assert.equal(await who(), null)
})

test('what is wrong is told, and what to do', async () => {
  for (const [options, told] of [
    [{ token: '' }, /CLOUDFLARE_API_TOKEN/],
    [{ token: 'another' }, /Authentication error \(make a token with the permission D1 Edit/],
    [{ database: 'd1://nothing' }, /d1:\/\/account\/database/],
    [{ database: `d1://${ACCOUNT}/another` }, /could not be found/],
    [{ database: `d1://${ACCOUNT}/../another` }, /letters, digits and hyphens/],
  ]) {
    const { code, text } = await hallpass('migrate', options)
    assert.equal(code, 1)
    assert.match(text, told)
  }
})
