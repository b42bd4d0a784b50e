import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import test from 'node:test'
import { send } from './http.mjs'

/** Sends to a server that answers with `reply`, and gives what it received and what was made of the reply. */
async function exchange(reply, request) {
  let received = Buffer.alloc(0)
  const server = net.createServer(socket => {
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      socket.end(reply)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  try {
    return { response: await send(server.address().port, { method: 'GET', path: '/', headers: [], ...request }), received: received.toString('latin1') }
  } finally {
    server.close()
  }
}

test('a request goes out as it is written', async () => {
  const { received } = await exchange('HTTP/1.1 204 No Content\r\n\r\n', { method: 'POST', path: '//%2f\\\u00e9', headers: [['Cookie', 'a'], ['cookie', 'b']], body: 'x' })
  assert.match(received, /^POST \/\/%2f\\\u00e9 HTTP\/1\.1\r\nCookie: a\r\ncookie: b\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx$/)
})

test('without a body no length is sent', async () => {
  const { received } = await exchange('HTTP/1.1 204 No Content\r\n\r\n', { method: 'POST' })
  assert.equal(received, 'POST / HTTP/1.1\r\nconnection: close\r\n\r\n')
})

test('status text, repeated headers and chunks are read', async () => {
  const { response } = await exchange('HTTP/1.1 418 I am a Teapot\r\nSet-Cookie: a=b\r\nset-cookie: c=d\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n')
  assert.equal(response.statusText, 'I am a Teapot')
  assert.deepEqual(response.headers.slice(0, 2), [['set-cookie', 'a=b'], ['set-cookie', 'c=d']])
  assert.equal(response.body.toString(), 'abcde')
})

test('a server that hangs up is told from one that answers', async () => {
  assert.deepEqual((await exchange('')).response, { closed: true })
})

test('an answer that comes before the whole body was sent is read', async () => {
  const { response } = await exchange('HTTP/1.1 413 Payload Too Large\r\ncontent-length: 0\r\n\r\n', { method: 'POST', body: 'x'.repeat(2_000_000) })
  assert.equal(response.status, 413)
})

test('a body shorter than its length is an error', async () => {
  await assert.rejects(exchange('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc'), /content-length 5/)
})
