import assert from 'node:assert/strict'
import test from 'node:test'
import { sign } from './cookies.mjs'
import { Normaliser } from './normalise.mjs'

const SECRET = 'a secret'
const START = Date.parse('2030-01-01T00:00:00.000Z')
const TOKEN = 'abcdefghijklmnopqrstuvwxyzABCDEF'
const ID = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'

function response(body, headers = []) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status: 200, statusText: 'OK', headers: [['content-type', 'application/json'], ...headers], body: Buffer.from(text) }
}

function bodyOf(body) {
  return new Normaliser(SECRET, START).response(response(body)).body
}

test('random values are called by kind and order, one value by one name', () => {
  assert.equal(bodyOf({ id: ID, token: TOKEN, userId: ID }), '{"id":"<id#1>","token":"<token#1>","userId":"<id#1>"}')
})

test('ids and tokens of another length or alphabet stay as they are', () => {
  for (const value of [TOKEN.slice(1), `${TOKEN}x`, TOKEN.replace('a', '!'), '']) {
    assert.equal(bodyOf({ id: value, token: value }), JSON.stringify({ id: value, token: value }))
  }
})

test('a handle of a session is called one, and only in its right form', () => {
  const handle = `sha256:${'aB3-_'.repeat(9).slice(2)}`
  assert.equal(bodyOf([{ token: TOKEN }, { token: handle }, { token: handle }]), '[{"token":"<token#1>"},{"token":"<handle#1>"},{"token":"<handle#1>"}]')
  for (const token of [handle.slice(0, -1), `${handle}x`, handle.replace('sha256', 'sha1'), handle.replace('-', '+')]) assert.equal(bodyOf({ token }), JSON.stringify({ token }))
})

test('times become minutes since the start of the scenario', () => {
  assert.equal(bodyOf({ createdAt: '2030-01-01T00:00:09.123Z', expiresAt: '2030-01-08T00:00:09.123Z' }), '{"createdAt":"<start+0s>","expiresAt":"<start+604800s>"}')
})

test('times in another form stay as they are', () => {
  for (const createdAt of ['2030-01-01T00:00:00Z', '2030-01-01T00:00:00.000000Z', '2030-01-01T00:00:00.000+00:00', 1893456000000]) {
    assert.equal(bodyOf({ createdAt }), JSON.stringify({ createdAt }))
  }
})

test('JSON that JavaScript would write otherwise is shown', () => {
  for (const text of ['{"a": 1}', '{"a":1.0}', '{"a":"\\u00e9"}', '{"a":1}\n']) assert.match(bodyOf(text), /^not as JSON\.stringify writes it/)
})

test('a signed cookie is opened when its signature holds', () => {
  const cookie = value => new Normaliser(SECRET, START).response(response('null', [['set-cookie', `x=${value}; Path=/`]])).cookies[0]
  assert.equal(cookie(sign(TOKEN, SECRET)), 'x=<signed><token#1>; Path=/')
  assert.equal(cookie(sign('true', SECRET)), 'x=<signed>true; Path=/')
  assert.match(cookie(sign(TOKEN, 'another')), /^x=<bad signature: /)
  assert.match(cookie(decodeURIComponent(sign(TOKEN, SECRET))), /^x=<bad signature: /)
})

test('a token seen in a body has the same name in a header', () => {
  const { headers, body } = new Normaliser(SECRET, START).response(response({ token: TOKEN }, [['location', `/x?token=${TOKEN}`]]))
  assert.equal(body, '{"token":"<token#1>"}')
  assert.equal(headers.location, '/x?token=<token#1>')
})
