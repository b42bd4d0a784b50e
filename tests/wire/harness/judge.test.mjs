import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'node:test'
import Database from 'better-sqlite3'
import { Judge } from './judge.mjs'
import { Ledger } from './ledger.mjs'

const OK = { status: 200, statusText: 'OK', headers: {}, cookies: [], body: '{"name":1}' }
const REFUSED = { status: 400, statusText: 'Bad Request', headers: {}, cookies: [], body: '{"message":"no"}' }
const asked = { method: 'POST', path: '/x', json: { name: 1 }, cookies: '', step: 1 }
const RULE = {
  name: 'known',
  when: ({ path }) => path === '/x',
  expect: ({ trace }) => (trace.status === 200 ? REFUSED : undefined),
}

function ledger() {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'ledger-')), 'compatibility.md')
  writeFileSync(file, '| `known` | wire | a | b | c |\n| `no-store-everywhere` | every response | a | b | c |\n')
  return new Ledger(file)
}

async function problems(rules, theirs, ours, judge = new Judge(rules, ledger())) {
  const steps = [{ label: 'POST /x', trace: theirs, asked }, { label: 'POST /x', trace: ours, asked }]
  return (await judge.begin().judge(steps, { forgetMails() {} })).problems
}

test('what a rule makes of the reference’s answer must be answered, and nothing else', async () => {
  assert.deepEqual(await problems([RULE], OK, REFUSED), [])
  assert.notDeepEqual(await problems([], OK, REFUSED), [])
  for (const change of [{ status: 401 }, { statusText: 'x' }, { body: '{"message":"No"}' }, { headers: { pragma: 'x' } }, { cookies: ['a=b'] }]) {
    assert.notDeepEqual(await problems([RULE], OK, { ...REFUSED, ...change }), [], JSON.stringify(change))
  }
})

test('where a rule applies, answering as the reference does fails', async () => {
  assert.notDeepEqual(await problems([RULE], OK, OK), [])
})

test('where a rule does not apply, traces must be equal', async () => {
  assert.deepEqual(await problems([RULE], REFUSED, REFUSED), [])
  assert.notDeepEqual(await problems([RULE], REFUSED, OK), [])
  assert.notDeepEqual(await problems([{ ...RULE, when: () => false }], OK, REFUSED), [])
})

test('a rule that the table of differences does not list fails', async () => {
  assert.match((await problems([{ ...RULE, name: 'unknown' }], OK, REFUSED)).join(), /not listed/)
})

test('rules build on one another, and each is counted', async () => {
  const judge = new Judge([{ ...RULE, expect: ({ trace }) => ({ ...trace, body: 'a' }) }, { ...RULE, name: 'no-store-everywhere', expect: ({ trace }) => ({ ...trace, body: `${trace.body}b` }) }], ledger())
  assert.deepEqual(await problems([], OK, { ...OK, body: 'ab' }, judge), [])
  assert.deepEqual(judge.counts, { known: 1, 'no-store-everywhere': 1 })
})

test('a rule that nothing needed is told', async () => {
  const judge = new Judge([RULE], ledger())
  assert.deepEqual(judge.unfired, ['known'])
  await problems([], REFUSED, REFUSED, judge)
  assert.deepEqual(judge.unfired, ['known'], 'it applied, and changed nothing')
  await problems([], OK, REFUSED, judge)
  assert.deepEqual(judge.unfired, [])
})

test('a rule that only mends is needed where there was something to mend', async () => {
  const mending = done => new Judge([{ name: 'known', when: () => true, mend: () => done }], ledger())
  for (const done of [false, true]) {
    const judge = mending(done)
    assert.deepEqual(await problems([], OK, OK, judge), [])
    assert.equal(judge.unfired.length, done ? 0 : 1)
  }
})

test('better-auth against itself has no rules', async () => {
  const judge = new Judge([RULE], ledger(), { self: true })
  assert.deepEqual(await problems([], OK, OK, judge), [])
  assert.notDeepEqual(await problems([], OK, REFUSED, judge), [])
  assert.deepEqual(judge.unfired, [])
})

test('a rule takes back what it says, and nothing that another rule would', async () => {
  const database = new Database(':memory:')
  database.exec(`create table user (id text primary key, name text); create table session (id text primary key, name text); insert into user values ('1', 'a'); insert into session values ('1', 'a')`)
  const judge = new Judge([{ ...RULE, undo: ['user'] }, { name: 'no-store-everywhere', when: () => true, undo: ['session'] }], ledger()).begin()
  const reference = { database, stored: async () => undefined, forgetMails() {} }
  const undo = await judge.prepare(asked, reference)
  for (const table of ['user', 'session']) database.prepare(`update ${table} set name = 'b'`).run()
  const steps = [OK, REFUSED].map(trace => ({ label: 'POST /x', trace, asked }))
  await judge.judge(steps, reference, undo)
  assert.deepEqual(['user', 'session'].map(table => database.prepare(`select name from ${table}`).pluck().get()), ['a', 'b'])
})

test('whether a rule leaves browsers with copies of a session that differ is told', async () => {
  const copies = (theirs, ours) => new Judge([{ ...RULE, expect: ({ trace }) => ({ ...trace, cookies: [ours] }) }], ledger()).begin().judge([theirs, ours].map(line => ({ label: 'POST /x', trace: { ...OK, cookies: [line] }, asked })), {})
  assert.equal((await copies('x.session_data=<a>', 'x.session_data=<b>')).apart, true)
  assert.equal((await copies('x.session_data=<a>', 'x.session_data=<a>')).apart, false)
  assert.equal((await copies('x.session_token=<a>', 'x.session_token=<b>')).apart, false)
})
