import net from 'node:net'
import { setTimeout } from 'node:timers/promises'

const TIMEOUT_MS = 30_000
const PIECE_BYTES = 64 * 1024
const PAUSE_MS = 10

/**
 * Sends one request exactly as written: the request line, the header lines (repeated ones too) and the body's bytes.
 * Nothing is added but `connection: close` and, when there is a body, its length or its chunks. `node:http` would join,
 * drop, refuse or add some of that.
 *
 * @param {number} port
 * @param {{ method: string, path: string, headers: [string, string][], body?: string | Buffer }} request
 *   Characters of the path and the headers are bytes (Latin-1). With `transfer-encoding: chunked` among the headers the
 *   body goes as one chunk.
 * @returns {Promise<{ status: number, statusText: string, headers: [string, string][], body: Buffer } | { closed: true }>}
 *   `closed` when the server hung up without an answer.
 */
export function send(port, { method, path, headers, body }) {
  const lines = [...headers, ['connection', 'close']]
  const named = name => headers.some(([other]) => other.toLowerCase() === name)
  const chunked = named('transfer-encoding')
  const bytes = Buffer.from(body ?? '')
  if (body !== undefined && !chunked && !named('content-length')) lines.push(['content-length', String(bytes.length)])
  const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`

  return new Promise((resolve, reject) => {
    const received = []
    const socket = net.connect(port, '127.0.0.1')
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer to ${method} ${path} within ${TIMEOUT_MS} ms`)))
    socket.on('data', chunk => {
      received.push(chunk)
      // Not every server hangs up because it was asked to; all do once nothing more can come.
      if (isWhole(Buffer.concat(received), method)) socket.end()
    })
    // A server may hang up before it has read all of the body.
    socket.on('error', error => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
    })
    socket.on('close', () => {
      try {
        resolve(parse(Buffer.concat(received), method))
      } catch (error) {
        reject(error)
      }
    })
    write(socket, Buffer.from(head, 'latin1'), chunked ? toChunk(bytes) : bytes, () => received.length > 0)
  })
}

/**
 * Writes a request at once, but a large body piece by piece until the server has answered. A server may answer and hang
 * up before it has read all; Node throws away what has arrived when a write fails, so there are pauses to read it in.
 */
async function write(socket, head, body, isAnswered) {
  if (body.length <= PIECE_BYTES) return socket.write(Buffer.concat([head, body]))
  socket.write(head)
  for (let at = 0; at < body.length; at += PIECE_BYTES) {
    await setTimeout(PAUSE_MS)
    if (isAnswered() || socket.destroyed) return
    socket.write(body.subarray(at, at + PIECE_BYTES))
  }
}

function toChunk(bytes) {
  const end = Buffer.from('0\r\n\r\n')
  if (bytes.length === 0) return end
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n'), end])
}

/** Whether what came says of itself that it is a whole response. */
function isWhole(bytes, method) {
  try {
    const { status, headers } = parse(bytes, method)
    const isFramed = headers.some(([name, value]) => name === 'content-length' || (name === 'transfer-encoding' && value === 'chunked'))
    return isFramed || method === 'HEAD' || status === 204 || status === 304
  } catch {
    return false
  }
}

/** Reads all that came over one connection as one response. */
function parse(bytes, method) {
  if (bytes.length === 0) return { closed: true }
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) throw new Error(`not an HTTP response: ${bytes.toString('latin1')}`)
  const [statusLine, ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const [, status, statusText] = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(statusLine) ?? fail(`not a status line: ${statusLine}`)
  const headers = lines.map(line => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  const header = name => headers.find(([other]) => other === name)?.[1]
  const rest = bytes.subarray(end + 4)
  const body = header('transfer-encoding') === 'chunked' && method !== 'HEAD' ? unchunk(rest) : rest
  const length = header('content-length')
  if (length !== undefined && method !== 'HEAD' && Number(length) !== body.length) fail(`content-length ${length}, but ${body.length} bytes came`)
  return { status: Number(status), statusText, headers, body }
}

function unchunk(bytes) {
  const parts = []
  for (let at = 0; ;) {
    const line = bytes.indexOf('\r\n', at)
    const size = line === -1 ? fail('a chunk is cut off') : Number.parseInt(bytes.subarray(at, line).toString('latin1'), 16)
    if (size === 0) return Buffer.concat(parts)
    parts.push(bytes.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
}

function fail(message) {
  throw new Error(message)
}
