import { PASSWORD } from '../harness/options.mjs'
import { Both } from '../harness/pair.mjs'

const DAY = 86_400
const EVIL = 'https://evil.example'
const JSON_TYPE = 'application/json'

/** A value of every kind that JSON has, and text of every sort. */
const VALUES = [null, true, false, 0, 1, -1.5, '', ' ', 'x', '\u0000', 'é👍', [], ['x'], {}, { a: 1 }]
const LONG = { email: `${'a'.repeat(300)}@example.com`, callbackURL: `/${'a'.repeat(5000)}` }
/** What nobody may set. */
const FOREIGN = {
  id: 'x', userId: 'x', role: 'admin', emailVerified: true, createdAt: '2000-01-01T00:00:00.000Z', updatedAt: 0, banned: false, providerId: 'x', accountId: 'x', expiresAt: '2100-01-01T00:00:00.000Z', session: {}, user: { role: 'admin' },
}
const TARGETS = ['/', '/x?y=z#w', 'x', '', ' ', EVIL, `${EVIL}/x`, '//evil.example', '/\\evil.example', 'javascript:alert(1)', 'http://localhost:3000/x', 'http://localhost:3000.evil.example', '/%2F%2Fevil.example']
const BODIES = [undefined, null, [], ['x'], 'x', '', 1, true, {}]
const TEXTS = ['{bad', '', ' ', '{"a":1', '{} x', "{'a':1}", '[', '"', 'null']
const TYPES = [undefined, 'text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json; charset=utf-8', 'APPLICATION/JSON', 'application/problem+json', 'json', '']
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']
const HOSTS = ['localhost:3000', 'app.localhost:3000', 'x.wild.localhost', 'evil.example']
const HOST_ORIGINS = ['http://localhost:3000', 'http://app.localhost:3000', 'http://evil.example', null]
const FORGED = {
  'an unsigned token': s => s.token,
  'a token signed by another': s => s.token.map(token => s.t.sign(token, 'another secret')),
  'a token that nobody has': s => s.t.sign('a'.repeat(32)),
  'a token cut short': s => s.token.map(token => s.t.sign(token.slice(1))),
  'an empty cookie': () => '',
  'a signed nothing': s => s.t.sign(''),
}

/**
 * @typedef {object} Case one request, or several
 * @property {string} note
 * @property {(s: object) => Promise<object>} send gives the answer
 * @property {boolean} [last] the situation is of no use afterwards
 */

/**
 * The cases of an endpoint; what no option changes is left out unless `all` are wanted.
 *
 * @param {{ all: boolean, wide: boolean, hosts: boolean }} how `wide`: the options have no say in what may be in a body;
 *   `hosts`: the server has several
 * @returns {Generator<Case>}
 */
export function* casesOf(endpoint, { all, wide, hosts }) {
  yield* valid(endpoint)
  if (endpoint.more) yield* moreFields(endpoint)
  if (endpoint.body && !wide) yield* fields(endpoint, all ? VALUES : [null, '', 'x'])
  yield* queries(endpoint)
  yield* sessions(endpoint)
  if (hosts) yield* atHosts(endpoint)
  if (!all) return
  if (endpoint.body) yield* bodies(endpoint)
  yield* origins(endpoint)
  yield* methods(endpoint)
}

const bodyOf = ({ body }, s) => body?.(s)
const everything = ({ body, more }, s) => ({ ...body(s), ...more?.(s) })

/** Who asks: ann, or somebody with no cookie at all. */
const asker = ({ open }, s) => (open ? s.t.browser() : s.ann)

function request(endpoint, s, { by = asker(endpoint, s), path = pathOf(endpoint, s), method = endpoint.method, ...options } = {}) {
  const whole = 'json' in options || 'body' in options || !endpoint.body ? options : { json: bodyOf(endpoint, s), ...options }
  return by.request(method, path, whole)
}

/** Where a valid request goes: its token in the path, its query behind; with fields of the query changed, or left out if undefined. */
function pathOf({ path, query }, s, changes = {}) {
  const fields = { ...query?.(s), ...changes }
  return s.t.each((_, i) => {
    const own = value => (value instanceof Both ? value.values[i] : value)
    const pairs = Object.entries(fields).filter(([, value]) => value !== undefined).map(([name, value]) => `${name}=${encodeURIComponent(own(value))}`)
    return path.replace(':token', own(s.mail?.token)) + (pairs.length > 0 ? `?${pairs.join('&')}` : '')
  })
}

function* valid(endpoint) {
  yield { note: 'valid', send: s => request(endpoint, s) }
  if (endpoint.open) yield { note: 'valid, signed in', send: s => request(endpoint, s, { by: s.ann }), last: endpoint.method === 'POST' }
  yield {
    note: 'repeated',
    send: async s => {
      const by = asker(endpoint, s)
      const json = bodyOf(endpoint, s)
      await request(endpoint, s, { by, ...(json && { json }) })
      return request(endpoint, s, { by, ...(json && { json }) })
    },
  }
  yield {
    note: 'with another session beside',
    send: async s => {
      const again = s.t.browser()
      await again.post('/sign-in/email', { email: s.email, password: s.password })
      const answer = await request(endpoint, s, { by: s.ann })
      await again.get('/get-session')
      return answer
    },
    last: true,
  }
  if (endpoint.theirs) {
    yield {
      note: 'what is another’s',
      send: async s => {
        const bob = await s.somebody('bob')
        const answer = await request(endpoint, s, { by: bob, json: endpoint.theirs(s) })
        await bob.get('/get-session')
        return answer
      },
      last: true,
    }
  }
}

function* fields(endpoint, values) {
  const sample = endpoint.body(SAMPLE)
  const optional = endpoint.more?.(SAMPLE) ?? {}
  const set = (field, value) => s => request(endpoint, s, { json: { ...endpoint.body(s), [field]: value } })
  for (const field of Object.keys(sample)) {
    yield { note: `${field} missing`, send: s => request(endpoint, s, { json: without(endpoint.body(s), field) }) }
  }
  for (const field of [...Object.keys(sample), ...Object.keys(optional)]) {
    for (const value of values) yield { note: `${field} ${JSON.stringify(value)}`, send: set(field, value) }
    yield { note: `${field} too long`, send: set(field, LONG[field] ?? 'a'.repeat(5000)) }
    if (/password/i.test(field)) {
      for (const length of [7, 8, 31, 128, 129]) yield { note: `${field} of ${length}`, send: set(field, 'p'.repeat(length)) }
    }
  }
  for (const field of endpoint.targets ?? []) {
    for (const target of TARGETS) yield { note: `${field} ${target}`, send: set(field, target) }
  }
  for (const [field, value] of Object.entries(FOREIGN)) yield { note: `with ${field}`, send: set(field, value) }
  yield { note: 'with all that nobody may set', send: s => request(endpoint, s, { json: { ...FOREIGN, ...endpoint.body(s) } }) }
  yield {
    note: 'with __proto__',
    send: s => {
      const json = endpoint.body(s)
      const body = s.t.each((_, i) => `{"__proto__":{"a":1},"constructor":1,${JSON.stringify(partOf(json, i)).slice(1)}`.replace(',}', '}'))
      return request(endpoint, s, { body, type: JSON_TYPE })
    },
  }
  yield { note: 'every field wrong', send: s => request(endpoint, s, { json: Object.fromEntries(Object.keys(everything(endpoint, s)).map(field => [field, []])) }) }
}

function* moreFields(endpoint) {
  for (const [field, value] of Object.entries(endpoint.more(SAMPLE))) {
    yield { note: `with ${field}`, send: s => request(endpoint, s, { json: { ...endpoint.body(s), [field]: value } }) }
  }
  yield { note: 'with every field', send: s => request(endpoint, s, { json: everything(endpoint, s) }) }
}

function* bodies(endpoint) {
  for (const json of BODIES) yield { note: `body ${JSON.stringify(json)}`, send: s => request(endpoint, s, { json }) }
  for (const body of TEXTS) yield { note: `text ${body}`, send: s => request(endpoint, s, { body, type: JSON_TYPE }) }
  const write = (s, how) => {
    const body = endpoint.body(s)
    return s.t.each((_, i) => how(partOf(body, i)))
  }
  for (const type of TYPES) yield { note: `type ${type}`, send: s => request(endpoint, s, { body: write(s, JSON.stringify), type }) }
  yield { note: 'as a form', send: s => request(endpoint, s, { body: write(s, body => new URLSearchParams(body).toString()), type: 'application/x-www-form-urlencoded' }) }
}

function* queries(endpoint) {
  for (const query of endpoint.queries ?? ['x=1']) {
    const path = s => pathOf(endpoint, s).map(path => path + (path.includes('?') ? '&' : '?') + query)
    yield { note: `?${query}`, send: s => request(endpoint, s, { path: path(s) }) }
    if (endpoint.open) yield { note: `?${query}, signed in`, send: s => request(endpoint, s, { by: s.ann, path: path(s) }) }
  }
  const fields = Object.keys(endpoint.query?.(SAMPLE) ?? {})
  for (const field of fields) {
    for (const value of [undefined, '', ' ', 'x', 'null', 'a'.repeat(5000), '\u0000']) {
      yield { note: `${field} ${value}`, send: s => request(endpoint, s, { path: pathOf(endpoint, s, { [field]: value }) }) }
    }
    yield { note: `${field} twice`, send: s => request(endpoint, s, { path: pathOf(endpoint, s).map(path => `${path}&${field}=x`) }) }
    yield { note: `${field} as a list`, send: s => request(endpoint, s, { path: pathOf(endpoint, s, { [field]: undefined, [`${field}[]`]: 'x' }) }) }
  }
  for (const field of endpoint.body ? [] : (endpoint.targets ?? [])) {
    for (const target of TARGETS) yield { note: `${field} ${target}`, send: s => request(endpoint, s, { path: pathOf(endpoint, s, { [field]: target }) }) }
  }
  if (endpoint.path.includes(':token')) {
    for (const token of ['x', 'a'.repeat(24), '%20', 'a%2Fb', '%00']) {
      yield { note: `token ${token}`, send: s => request(endpoint, s, { path: pathOf({ ...endpoint, path: endpoint.path.replace(':token', token) }, s) }) }
    }
  }
}

function* sessions(endpoint) {
  const cookie = value => ({ headers: { cookie: value } })
  yield { note: 'no cookie', send: s => request(endpoint, s, { by: s.t.browser() }) }
  if (endpoint.body) yield { note: 'no cookie, a wrong body', send: s => request(endpoint, s, { by: s.t.browser(), json: { password: 1, email: 1, token: 1 } }) }
  for (const [note, value] of Object.entries(FORGED)) {
    yield {
      note,
      send: s => {
        const made = value(s)
        const line = typeof made === 'string' ? `better-auth.session_token=${made}` : made.map(value => `better-auth.session_token=${value}`)
        return request(endpoint, s, { by: s.t.browser(), ...cookie(line) })
      },
    }
  }
  yield {
    note: 'a session that has ended',
    send: async s => {
      const jars = s.ann.jars
      await s.ann.post('/sign-out', {})
      s.ann.jars = jars
      return request(endpoint, s, { by: s.ann })
    },
    last: true,
  }
  for (const [note, seconds] of Object.entries({ 'after 6 minutes': 360, 'after 15 minutes': 900, 'after a day': DAY, 'almost expired': 7 * DAY - 3600, expired: 7 * DAY + 60 })) {
    yield {
      note,
      send: async s => {
        await s.t.advance(seconds)
        const answer = await request(endpoint, s, { by: s.ann })
        await s.ann.get('/get-session?disableRefresh=true')
        return answer
      },
      last: true,
    }
  }
  yield {
    note: 'a session not to be remembered',
    send: async s => {
      const short = s.t.browser()
      await short.post('/sign-in/email', { email: s.email, password: s.password, rememberMe: false })
      // Seen before it is listed, where the servers may list it in different places (`sessions-oldest-first`).
      await s.t.rows()
      const answer = await request(endpoint, s, { by: short })
      await short.get('/get-session')
      return answer
    },
    last: true,
  }
}

function* origins(endpoint) {
  const headers = {
    'no Origin': { origin: null },
    'Origin of another site': { origin: EVIL },
    'Origin null': { origin: 'null' },
    'Origin null from the same site': { origin: 'null', 'sec-fetch-site': 'same-origin' },
    'an empty Origin': { origin: '' },
    'Referer of another site': { origin: null, referer: `${EVIL}/x` },
    'Referer alone': { origin: null, referer: 'http://localhost:3000/x' },
    'a navigation from another site': { origin: EVIL, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    'another Host': { host: 'evil.example' },
  }
  for (const [note, lines] of Object.entries(headers)) {
    yield { note, send: s => request(endpoint, s, { by: s.ann, headers: lines }) }
    yield { note: `${note}, no cookie`, send: s => request(endpoint, s, { by: s.t.browser(), headers: lines }) }
  }
  if (endpoint.body) {
    yield { note: 'Origin of another site, a wrong body', send: s => request(endpoint, s, { by: s.ann, headers: { origin: EVIL }, json: { password: 1, email: 1, token: 1 } }) }
    yield { note: 'Origin of another site, no JSON', send: s => request(endpoint, s, { by: s.ann, headers: { origin: EVIL }, body: '{bad', type: JSON_TYPE }) }
  }
}

function* atHosts(endpoint) {
  for (const host of HOSTS) {
    for (const origin of HOST_ORIGINS) {
      yield { note: `Host ${host}, Origin ${origin}`, send: s => request(endpoint, s, { by: s.ann, headers: { host, origin } }) }
      yield { note: `Host ${host}, Origin ${origin}, no cookie`, send: s => request(endpoint, s, { by: s.t.browser(), headers: { host, origin } }) }
    }
  }
  for (const field of endpoint.targets ?? []) {
    for (const origin of HOST_ORIGINS.filter(Boolean)) {
      const target = `${origin}/x`
      const there = s => (endpoint.body ? { json: { ...endpoint.body(s), [field]: target } } : { path: pathOf(endpoint, s, { [field]: target }) })
      yield { note: `at another host, ${field} ${target}`, send: s => request(endpoint, s, { by: s.ann, headers: { host: HOSTS[1] }, ...there(s) }) }
    }
  }
}

function* methods(endpoint) {
  for (const method of METHODS.filter(method => method !== endpoint.method)) {
    yield { note: method, send: s => request(endpoint, s, { by: s.ann, method, ...(method === 'GET' || method === 'HEAD' ? { json: undefined } : {}) }) }
  }
  for (const path of [`${endpoint.path}/`, `${endpoint.path}/x`, endpoint.path.toUpperCase(), `/${endpoint.path}`]) {
    yield { note: `path ${path}`, send: s => request(endpoint, s, { by: s.ann, path: pathOf({ ...endpoint, path }, s) }) }
  }
}

const without = (object, field) => Object.fromEntries(Object.entries(object).filter(([name]) => name !== field))

/** One server's part of a body, whose values may differ between the servers. */
const partOf = (body, i) => Object.fromEntries(Object.entries(body).map(([field, value]) => [field, value instanceof Both ? value.values[i] : value]))

/** Stands in for a situation where only the names of a body's fields are wanted. */
const SAMPLE = { email: 'x', token: 'x', ownId: 'x', password: PASSWORD, fresh: () => 'x', accountId: 'x', mail: { token: 'x', otp: 'x' } }
