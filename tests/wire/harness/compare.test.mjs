import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { compare } from './compare.mjs'
import { Ledger } from './ledger.mjs'

const OK = { status: 200, statusText: 'OK', headers: { 'content-type': 'application/json' }, cookies: [], body: '{}' }
const MISSING = { status: 404, statusText: 'Not Found', headers: {}, cookies: [], body: '' }
const differs = {
  name: 'known',
  reference: { status: 200, statusText: 'OK', headers: { 'content-type': 'application/json' }, body: '{}' },
  hallpass: { status: 404, statusText: 'Not Found', body: '' },
}

function ledger(rows = '| `known` | wire | a | b | c |\n| `no-store-everywhere` | every response | a | b | c |') {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'ledger-')), 'compatibility.md')
  writeFileSync(file, `# Title\n\n| name | where | better-auth | hallpass | why |\n| --- | --- | --- | --- | --- |\n${rows}\n`)
  return new Ledger(file)
}

function problems(reference, hallpass, annotation, listed = ledger()) {
  return compare([{ label: 'GET /', trace: reference, differs: annotation }], [{ label: 'GET /', trace: hallpass, differs: annotation }], listed)
}

test('equal traces pass', () => {
  assert.deepEqual(problems(OK, OK), [])
})

test('a difference in any field fails', () => {
  for (const change of [{ status: 201 }, { statusText: 'Fine' }, { headers: {} }, { headers: { ...OK.headers, pragma: 'no-cache' } }, { body: '{} ' }]) {
    assert.equal(problems(OK, { ...OK, ...change }).length, 1, JSON.stringify(change))
  }
  assert.equal(problems(OK, { ...OK, headers: { ...OK.headers, 'cache-control': 'no-store' }, cookies: ['a=b'] }).length, 1)
})

test('an annotated difference passes when both sides are as annotated', () => {
  assert.deepEqual(problems(OK, MISSING, differs), [])
})

test('an annotated difference that no longer differs fails', () => {
  assert.match(problems(OK, OK, differs).join('\n'), /no longer differs/)
})

test('an annotated difference with other values fails', () => {
  assert.notDeepEqual(problems(OK, { ...MISSING, body: 'x' }, differs), [])
  assert.notDeepEqual(problems({ ...OK, body: '[]' }, MISSING, differs), [])
})

test('fields that the annotation does not name must be equal', () => {
  assert.equal(problems(OK, { ...MISSING, headers: { pragma: 'no-cache' } }, differs).length, 1)
})

test('a difference that the table does not list fails', () => {
  assert.match(problems(OK, MISSING, { ...differs, name: 'unknown' }).join('\n'), /not listed/)
})

test('an annotation without values fails', () => {
  assert.match(problems(OK, OK, { name: 'known', reference: {}, hallpass: {} }).join('\n'), /no values/)
})

test('no-store may be added, and must be where credentials are carried or denied', () => {
  const stored = { ...OK, headers: { ...OK.headers, 'cache-control': 'no-store' } }
  assert.deepEqual(problems(OK, stored), [])
  assert.equal(problems(stored, OK).length, 1)
  const cookie = { ...OK, cookies: ['a=b'] }
  assert.equal(problems(cookie, cookie).length, 1)
  assert.deepEqual(problems(cookie, { ...cookie, headers: stored.headers }), [])
  const denied = { ...OK, status: 401 }
  assert.equal(problems(denied, denied).length, 1)
})

test('a scenario that takes another road on one side fails', () => {
  const listed = ledger()
  assert.equal(compare([{ label: 'a', trace: OK }], [{ label: 'b', trace: OK }], listed).length, 1)
  assert.equal(compare([{ label: 'a', trace: OK }], [], listed).length, 1)
})

test('listed differences that nothing showed are told', () => {
  const listed = ledger()
  problems(OK, MISSING, differs, listed)
  assert.deepEqual(listed.unshown(['wire', 'every response']), ['no-store-everywhere'])
})

test('a table that cannot be read is an error', () => {
  assert.throws(() => ledger('| known | wire | a | b | c |'), /lists no difference/)
  assert.throws(() => ledger('| `known` | somewhere | a | b | c |'), /unknown place/)
  assert.throws(() => ledger('| `known` | wire | a |\n| `known` | wire | a |'), /twice/)
})
