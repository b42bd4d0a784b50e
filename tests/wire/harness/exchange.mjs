import { send } from './http.mjs'

/** The session of a browser. */
export async function current(server, jar) {
  return (await exchange(server, 'GET', '/get-session', undefined, jar)).json
}

export function post(server, path, body, jar) {
  return exchange(server, 'POST', path, body, jar)
}

/** A request as a browser on the site sends it, whose cookies are kept in `jar`. */
export async function exchange(server, method, path, body, jar) {
  const cookie = jar.header()
  const response = await send(server.port, {
    method,
    path: `/api/auth${path}`,
    headers: [
      ['host', 'localhost:3000'],
      ['origin', 'http://localhost:3000'],
      ['x-forwarded-for', '203.0.113.9'],
      ['user-agent', 'takeover/1'],
      ...(cookie ? [['cookie', cookie]] : []),
      ...(body ? [['content-type', 'application/json']] : []),
    ],
    body: body && JSON.stringify(body),
  })
  if (response.closed) throw new Error(`${method} ${path}: no answer`)
  for (const [name, value] of response.headers) if (name === 'set-cookie') jar.take(value)
  return { status: response.status, json: JSON.parse(response.body.toString() || 'null') }
}
