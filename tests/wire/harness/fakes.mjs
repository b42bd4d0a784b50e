// Providers that servers ask, played on this machine.
import { createHash, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

/** What a captcha's provider was asked, by what the browser had from it. */
const asked = new Map()

/** Passwords, by what the service of breached passwords says of the range of each. */
const RANGES = Object.fromEntries(
  Object.entries({
    'a breached password': suffix => ({ body: `${'0'.repeat(35)}:4\r\n${suffix}:12\r\n${'F'.repeat(35)}:1` }),
    'a breached password in lower case': suffix => ({ body: `${suffix.toLowerCase()}:1` }),
    'a padded password': suffix => ({ body: `${suffix}:0` }),
    'a password of a strange count': suffix => ({ body: `${suffix}:many` }),
    'a password of a count with a nought': suffix => ({ body: `${suffix}:01` }),
    'a password of a negative count': suffix => ({ body: `${suffix}:-1` }),
    'a password without a count': suffix => ({ body: suffix }),
    'a password of a sick service': () => ({ status: 503, body: 'sick' }),
    'a password of a strict service': () => ({ status: 429, body: '' }),
    'a password of an empty range': () => ({ body: '' }),
  }).map(([password, answer]) => {
    const hash = createHash('sha1').update(password).digest('hex').toUpperCase()
    return [hash.slice(0, 5), answer(hash.slice(5))]
  }),
)

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  if (pathname.startsWith('/range/')) {
    const { status = 200, body } = RANGES[pathname.slice('/range/'.length)] ?? { body: `${'0'.repeat(35)}:3` }
    response.writeHead(status, { 'content-type': 'text/plain' }).end(body)
    return
  }
  let body = ''
  for await (const chunk of request) body += chunk
  const type = request.headers['content-type']
  const fields = type === 'application/json' ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body))
  const { response: solved, ...rest } = fields
  asked.set(solved, { method: request.method, type, fields: rest })
  const { status = 200, told } = JSON.parse(Buffer.from(solved.split('.')[0], 'base64url'))
  response.writeHead(status, { 'content-type': 'application/json' }).end(typeof told === 'string' ? told : JSON.stringify(told))
})
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
server.unref()

const base = `http://127.0.0.1:${server.address().port}`

export const verifyURL = `${base}/siteverify`
export const rangeURL = `${base}/range/`

/** What a browser has of a captcha of which the provider will then say `told`. */
export function solved(told, status) {
  return `${Buffer.from(JSON.stringify({ told, status })).toString('base64url')}.${randomUUID()}`
}

/** What the provider was asked about it. */
export function askedAbout(token) {
  return asked.get(token) ?? null
}
