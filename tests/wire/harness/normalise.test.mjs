import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, sign as signWith } from 'node:crypto'
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

const encode = value => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const CLAIMS = { id: ID, iat: START / 1000, sub: ID, exp: START / 1000 + 900 }

test('a token of a named key is opened when its signature holds, its claims in their order', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const message = `${encode({ alg: 'EdDSA', kid: TOKEN })}.${encode(CLAIMS)}`
  const token = `${message}.${signWith(null, Buffer.from(message), privateKey).toString('base64url')}`
  const normaliser = new Normaliser(SECRET, START)
  assert.deepEqual(normaliser.unknownKeys(`x ${token}`), [TOKEN])
  assert.match(normaliser.text(token), /^<bad signature: /)
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: TOKEN }
  normaliser.trust([jwk])
  assert.deepEqual(normaliser.unknownKeys(token), [])
  const shown = '<jwt {"alg":"EdDSA","kid":"<id#2>"} {"id":"<id#1>","iat":"<start+0s>","sub":"<id#1>","exp":"<start+900s>"}>'
  assert.equal(normaliser.text(token), shown)
  assert.match(normaliser.text(`${message}.${encode('another signature')}`), /^<bad signature: /)
  assert.equal(normaliser.response(response({ keys: [jwk] })).body, '{"keys":[{"crv":"Ed25519","x":"<key x#1>","kty":"OKP","kid":"<id#2>"}]}')
})

test('a token of the secret is opened when its signature holds, and not one that names a key', () => {
  const made = header => {
    const message = `${encode(header)}.${encode(CLAIMS)}`
    return `${message}.${createHmac('sha256', SECRET).update(message).digest('base64url')}`
  }
  assert.match(new Normaliser(SECRET, START).text(made({ alg: 'HS256' })), /^<jwt {"alg":"HS256"} /)
  for (const header of [{ alg: 'EdDSA' }, { alg: 'HS256', kid: TOKEN }]) assert.match(new Normaliser(SECRET, START).text(made(header)), /^<bad signature: /)
})

test('a key of another length stays as it is', () => {
  for (const key of [{ kty: 'OKP', x: 'short' }, { kty: 'EC', x: `${'a'.repeat(42)}=`, y: '' }, { kty: 'oct', k: TOKEN }]) assert.equal(bodyOf(key), JSON.stringify(key))
})
