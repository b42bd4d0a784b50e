import { changeCopies, changeSession, dropVerifications, endSessions, sessionsOf, verificationsOf } from '../harness/records.mjs'
import { refusal } from '../harness/replies.mjs'
import { setsByMail } from '../harness/rows.mjs'
import { bearing, beside, dropOneTimeToken, givesSession, givesWhole, isLive, keptAlive, newest, ofTheLook } from './answers.mjs'
import { CACHE_RULES } from './cache-rules.mjs'
import { FIELD_RULES } from './field-rules.mjs'
import { STORAGE_RULES } from './storage-rules.mjs'

// The deliberate differences of docs/compatibility.md that generated scenarios and walks meet, in rule form.

const DAY_MS = 86_400_000
/** The ways to a session on which nobody is asked whether to be remembered. */
const UNASKED = ['/change-password', '/verify-email', '/magic-link/verify', '/sign-in/email-otp', '/email-otp/verify-email', '/sign-in/anonymous']
const MAIL_REQUESTS = ['/request-password-reset', '/send-verification-email', '/sign-in/email-otp', '/email-otp/send-verification-otp', '/email-otp/verify-email', '/email-otp/request-password-reset', '/forget-password/email-otp']
const CODES_FOR_PASSWORDS = ['/email-otp/send-verification-otp', '/email-otp/request-password-reset', '/forget-password/email-otp']
const JSON_TYPE = { 'content-type': 'application/json' }
const typeOf = value => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)

/** Where pages of other origins are refused as at `/sign-in/email`: that is asked. */
async function asAtSignIn({ trace, asked: { headers }, reference }) {
  if ([403, 404].includes(trace.status)) return
  const json = { email: 'nobody@example.com', password: 'nobody’s password' }
  const signIn = await reference.probe('POST', '/sign-in/email', { json, headers })
  return signIn.status === 403 ? signIn.trace : undefined
}

/** What is known of users by their ids: their addresses, and when their passwords were set. */
function kept(memory) {
  for (const name of ['addresses', 'passwords']) if (!memory.has(name)) memory.set(name, new Map())
  return { addresses: memory.get('addresses'), passwords: memory.get('passwords') }
}

/** The sessions as they were before a step, by their tokens; those of now are kept for the next. */
async function sessionsBefore(reference, memory) {
  const before = new Map(memory)
  memory.clear()
  for (const session of await sessionsOf(reference)) memory.set(session.token, session)
  return before
}

/** @type {import('../harness/judge.mjs').Rule[]} */
export const RULES = [
  ...STORAGE_RULES,
  ...FIELD_RULES,
  ...CACHE_RULES,
  {
    name: 'other-sessions-by-handle',
    when: ({ path }) => path === '/list-sessions',
    expect({ trace, asked: { own, step }, memory: handles }) {
      if (trace.status !== 200) return
      let unknown = 0
      const handle = token => {
        if (!handles.has(token)) {
          unknown += 1
          handles.set(token, `<handle@${step}${unknown > 1 ? `.${unknown}` : ''}>`)
        }
        return handles.get(token)
      }
      const listed = JSON.parse(trace.body).map(session => (session.token === own.name ? session : { ...session, token: handle(session.token) }))
      return { ...trace, body: JSON.stringify(listed) }
    },
  },
  {
    name: 'sign-in-replaces-session',
    when: ({ own }) => own !== undefined,
    async mend({ trace: { cookies }, asked: { own, cookies: sent }, reference }) {
      // One among several that the browser keeps.
      if (sent.includes(`_multi-${own.token.toLowerCase()}=`)) return false
      const begun = cookies?.flatMap(line => /session_token=<signed>(<token@[^>]+>)/.exec(line)?.[1] ?? []) ?? []
      if (!begun.some(name => name !== own.name)) return false
      const options = { headers: { cookie: sent, origin: reference.origin } }
      const before = await reference.probe('GET', '/get-session?disableRefresh=true&disableCookieCache=true', options)
      if (before.json?.session?.token !== own.token) return false
      await reference.probe('POST', '/revoke-session?disableRefresh=true', { json: { token: own.token }, ...options })
      // A record that is kept says when: not a moment later, when this was asked.
      const now = new Date(reference.now).toISOString()
      await changeSession(reference, own.token, { expiresAt: now, updatedAt: now })
      return true
    },
  },
  {
    name: 'update-user-checks-types',
    when: ({ method, path }) => method === 'POST' && path === '/update-user',
    async expect({ trace, asked, reference }) {
      const { json, body, own } = asked
      // Usernames are looked for in whatever was sent.
      if (trace.status === 500 && typeOf(json) !== 'object' && reference.plugin('username')) {
        const message = `[body] Invalid input: expected record, received ${json === null || body === 'null' ? 'null' : 'undefined'}`
        return { ...refusal(400, 'Bad Request', 'VALIDATION_ERROR', message), headers: JSON_TYPE }
      }
      const wrong = wrongTypes(json, reference.plugin('username') ? TEXTS : TEXTS.slice(0, 2))
      if (wrong.length === 0 || (trace.status !== 200 && trace.status !== 500)) return
      const message = wrong.map(([field, type]) => `[body.${field}] Invalid input: expected string, received ${type}`).join('; ')
      const cookies = trace.status === 200 ? await ofTheLook(trace, reference, own) : await beside(reference, asked, '/list-accounts')
      const borne = bearing(trace, reference, own, cookies)
      return { ...refusal(400, 'Bad Request', 'VALIDATION_ERROR', message), headers: { ...JSON_TYPE, ...borne }, cookies }
    },
    undo: ['user'],
    /** Of a session that was not kept alive. */
    async mend({ trace, asked: { json, own }, reference }) {
      if (!trace.headers?.['set-ott'] || wrongTypes(json, TEXTS).length === 0 || (await keptAlive(reference, own)).length > 0) return false
      return dropOneTimeToken(reference)
    },
  },
  {
    name: 'refusals-keep-nothing-alive',
    when: () => true,
    async mend({ trace, asked: { path, own }, reference, memory }) {
      if (!reference.database || !reference.plugin('username')) return false
      const before = (await sessionsBefore(reference, memory)).get(own?.token)
      const now = memory.get(own?.token)
      if (path !== '/update-user' || trace.status !== 400 || trace.cookies.length > 0 || !before || before.updatedAt === now?.updatedAt) return false
      memory.set(own.token, before)
      return changeSession(reference, own.token, before)
    },
  },
  {
    name: 'address-changes-end-with-the-password',
    // A scenario of its own shows it; of the walks few of hundreds come by it.
    isRare: true,
    when: () => true,
    /** The password was set after the link was asked for; or taken away, with whatever else there was before the address was proven. */
    expect({ trace, asked, reference, memory: users }) {
      const { path, query } = asked
      const [, claims] = path === '/verify-email' ? (query.get('token') ?? '').split('.') : []
      // It fails where the address was taken meanwhile: `links-fail-as-links`.
      const isRefused = (trace.status >= 400 && trace.status !== 500) || /error=/.test(trace.headers?.location)
      if (!claims || isRefused) return
      const { updateTo, userId, iat } = JSON.parse(Buffer.from(claims, 'base64url'))
      if (!updateTo) return
      const account = reference.database.prepare(`select updatedAt from account where userId = ? and providerId = 'credential'`).get(userId)
      const second = time => Math.floor(Date.parse(time) / 1000)
      const isOvertaken = account ? second(account.updatedAt) > iat : second(users.get(userId)) >= iat
      if (!isOvertaken) return
      return failedLink(trace, asked, reference, refusal(401, 'Unauthorized', 'INVALID_TOKEN', 'Invalid token'))
    },
    undo: ['user'],
    mend({ reference, memory: users }) {
      for (const { id, updatedAt } of reference.users) users.set(id, updatedAt)
      return false
    },
  },
  {
    name: 'links-fail-as-links',
    when: ({ path }) => path === '/verify-email',
    undo: ['user'],
    expect({ trace, asked, reference }) {
      if (trace.status !== 500) return
      return failedLink(trace, asked, reference, refusal(422, 'Unprocessable Entity', 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL', 'User already exists. Use another email.'))
    },
  },
  {
    name: 'reset-tokens-end-with-the-password',
    when: ({ method, path }) => method === 'POST' && (CODES_FOR_PASSWORDS.includes(path) || setsByMail(method, path)),
    /** Of codes, which are not taken away: the one that is used was mailed before the password was set by mail. */
    expect({ trace, asked: { path, json }, reference, memory: times }) {
      if (trace.status !== 200) return
      const user = reference.users.find(({ email }) => email === json?.email)
      if (CODES_FOR_PASSWORDS.includes(path) && json?.email && (json.type ?? 'forget-password') === 'forget-password') times.set(json.email, reference.now)
      if (path === '/email-otp/reset-password' && times.get(json?.email) < times.get(user?.id)) return { ...refusal(400, 'Bad Request', 'INVALID_OTP', 'Invalid OTP'), headers: JSON_TYPE }
      for (const { userId } of reference.database.prepare('select userId from account where updatedAt = ?').all(new Date(reference.now).toISOString())) times.set(userId, reference.now)
    },
    undo: ['user', 'account', 'session'],
  },
  {
    name: 'one-time-tokens-of-the-living',
    when: () => true,
    expect({ trace }) {
      if (!trace.headers?.['set-ott'] || givesSession(trace)) return
      const { 'set-ott': token, 'access-control-expose-headers': exposed, ...headers } = trace.headers
      const others = exposed.split(', ').filter(name => name !== 'set-ott').join(', ')
      return { ...trace, headers: { ...headers, ...(others && { 'access-control-expose-headers': others }) } }
    },
    async mend({ trace, asked: { own }, reference }) {
      if (!trace.headers?.['set-ott'] || givesSession(trace) || (await givesWhole(trace, reference, own))) return false
      return dropOneTimeToken(reference)
    },
  },
  {
    name: 'unremembered-stays-short',
    when: ({ path, cookies }) => UNASKED.includes(path.split('?')[0]) && /dont_remember=true/.test(cookies),
    expect({ trace, asked: { step } }) {
      if (!trace.cookies?.some(line => line.includes(`session_token=<signed><token@${step}`))) return
      // A day from when the session began, whatever that of others is.
      const shorter = text => text?.replace(/(\\?"session\\?":\{[^}]*expiresAt\\?":\\?"<start\+)[\d.]+(s>[^}]*createdAt\\?":\\?"<start\+)(\d+)(\.\d+)?/, (_, head, middle, seconds, part = '') => `${head}${Number(seconds) + 86_400}${part}${middle}${seconds}${part}`)
      return { ...trace, body: shorter(trace.body), cookies: trace.cookies.map(shorter) }
    },
    async mend({ trace, asked: { step }, reference }) {
      if (!trace.cookies?.some(line => line.includes(`session_token=<signed><token@${step}`))) return false
      // The newest session of all: nobody else asks meanwhile.
      const { token, createdAt } = newest(await sessionsOf(reference))
      return changeSession(reference, token, { expiresAt: new Date(Date.parse(createdAt) + DAY_MS).toISOString() })
    },
  },
  {
    name: 'reset-tokens-end-with-the-password',
    when: () => true,
    /** Those of before the password was set by mail, and those of whose address has changed in this step. */
    async mend({ trace, asked: { method, path }, reference, memory }) {
      if (!reference.database) return false
      const { addresses, passwords } = kept(memory)
      const isSet = trace.status === 200 && setsByMail(method, path)
      const mailed = (id, before) => dropVerifications(reference, ({ identifier, value, createdAt }) => identifier.startsWith('reset-password:') && value === id && (!before || createdAt < before))
      let ended = false
      for (const { id, email } of reference.users) {
        const account = reference.database.prepare(`select updatedAt from account where userId = ? and providerId = 'credential'`).get(id)
        if (isSet && account && passwords.get(id) !== account.updatedAt) ended = (await mailed(id, account.updatedAt)) || ended
        passwords.set(id, account?.updatedAt)
        if (addresses.has(id) && addresses.get(id) !== email) ended = (await mailed(id)) || ended
        addresses.set(id, email)
      }
      return ended
    },
  },
  {
    name: 'codes-prove-before-they-reset',
    when: () => true,
    async mend({ trace, asked: { path }, reference, memory: unproven }) {
      if (!reference.database || !reference.plugin('email-otp')) return false
      let ended = 0
      const isReset = path === '/email-otp/reset-password' && trace.status === 200
      for (const user of isReset ? reference.users.filter(({ id, emailVerified }) => emailVerified && unproven.has(id)) : []) {
        ended += await endSessions(reference, user.id)
        ended += reference.database.prepare(`update account set id = ?, createdAt = updatedAt where userId = ? and createdAt <> updatedAt`).run(newId(reference.now), user.id).changes
      }
      unproven.clear()
      for (const { id, emailVerified } of reference.users) if (!emailVerified) unproven.set(id, id)
      return ended > 0
    },
  },
  {
    name: 'multi-session-unremembered',
    when: () => true,
    expect({ trace, asked }) {
      const has = part => trace.cookies?.some(line => line.includes(part))
      const isForgotten = has('dont_remember=<signed>true') || (/dont_remember=true/.test(asked.cookies) && !has('dont_remember=;'))
      if (!isForgotten) return
      return { ...trace, cookies: trace.cookies.map(line => (line.includes('_multi-') ? line.replace(/; Max-Age=[1-9]\d*/, '') : line)) }
    },
  },
  {
    name: 'last-login-method-of-logins',
    when: ({ method, path }) => method === 'POST' && path === '/sign-up/email',
    expect({ trace }) {
      const answer = trace.status === 200 ? JSON.parse(trace.body) : {}
      if (answer.token !== null || !answer.user?.lastLoginMethod) return
      return { ...trace, body: JSON.stringify({ ...answer, user: { ...answer.user, lastLoginMethod: null } }) }
    },
    mend({ trace, reference }) {
      if (!/"token":null.*"lastLoginMethod":"/.test(trace.body)) return false
      const { email } = JSON.parse(trace.body).user
      return reference.database.prepare('update user set lastLoginMethod = null where email = ?').run(email).changes > 0
    },
  },
  {
    name: 'anonymous-named',
    when: () => true,
    expect({ trace, reference }) {
      if (!reference.plugin('anonymous')) return
      const named = text => text?.replace(/"email\\?":\\?"(?!<anonymous)[^{}]*"isAnonymous\\?":true/g, user => user.replace(/true$/, 'false'))
      return { ...trace, body: named(trace.body), cookies: trace.cookies?.map(named) }
    },
    async mend({ reference }) {
      if (!reference.plugin('anonymous')) return false
      const named = reference.database.prepare(`update user set isAnonymous = 0 where isAnonymous = 1 and (email not like '%@anonymous.placeholder.invalid' or emailVerified or id in (select userId from account)) returning id`).pluck().all()
      for (const id of named) await changeCopies(reference, id, { isAnonymous: false })
      return named.length > 0
    },
  },
  {
    name: 'redirects-checked-everywhere',
    when: ({ query }) => twice(query) !== undefined,
    expect({ trace, asked: { query } }) {
      if (trace.status === 403) return
      const body = JSON.stringify({ message: `Invalid ${twice(query)}: expected a string` })
      return { status: 400, statusText: 'Bad Request', headers: JSON_TYPE, cookies: [], body }
    },
  },
  {
    name: 'mail-requests-need-an-origin',
    when: ({ method, path, cookies }) => method === 'POST' && cookies === '' && MAIL_REQUESTS.includes(path),
    expect: asAtSignIn,
    undo: ['verification', 'user', 'account', 'session'],
  },
  {
    name: 'username-sign-in-guarded',
    when: ({ method, path, cookies }) => method === 'POST' && cookies === '' && path === '/sign-in/username',
    expect: asAtSignIn,
  },
  {
    name: 'anonymous-own-pages',
    when: ({ method, path, cookies }) => method === 'POST' && cookies === '' && path === '/sign-in/anonymous',
    expect: asAtSignIn,
    undo: ['user', 'session'],
  },
  {
    name: 'one-time-token-own-pages',
    when: ({ method, path, cookies }) => method === 'POST' && cookies === '' && path === '/one-time-token/verify',
    expect: asAtSignIn,
    undo: ['verification'],
  },
]

/** What a link that fails leads to, or answers where it leads nowhere. */
async function failedLink(trace, asked, reference, refused) {
  const { own, query, cookies: sent } = asked
  const isKept = givesSession(trace) || trace.status === 500
  let cookies = givesSession(trace) ? await ofTheLook(trace, reference, own) : isKept ? await beside(reference, asked, '/get-session') : trace.cookies
  const borne = isKept ? bearing(trace, reference, own, cookies) : {}
  const lives = own && (await isLive(reference, own))
  // A dead session is taken away.
  if (trace.status === 500 && !lives) ({ cookies } = (await reference.probe('GET', '/get-session?disableRefresh=true', { headers: { cookie: sent } })).trace)
  const callback = query.get('callbackURL')
  if (!callback) return { ...refused, headers: { ...JSON_TYPE, ...borne }, cookies }
  const [page, fragment] = callback.split(/(?=#)/)
  const location = `${page}${page.includes('?') ? '&' : '?'}error=${JSON.parse(refused.body).code}${fragment ?? ''}`
  return { status: 302, statusText: 'Found', headers: { ...JSON_TYPE, location, ...borne }, cookies, body: '' }
}

/** An id as the servers make them, that nothing else has. */
function newId(now) {
  return now.toString(36).padStart(32, 'a')
}

/** The first target in a query that is there more than once. */
function twice(query) {
  return ['callbackURL', 'redirectTo', 'errorCallbackURL', 'newUserCallbackURL'].find(field => query.getAll(field).length > 1)
}

/** The fields of `/update-user` that hold texts: the core's, and those of usernames. */
const TEXTS = ['name', 'image', 'username', 'displayUsername']

function wrongTypes(json, texts) {
  if (typeOf(json) !== 'object') return []
  return texts
    .filter(field => Object.hasOwn(json, field) && typeof json[field] !== 'string' && !(field !== 'name' && json[field] === null))
    .map(field => [field, typeOf(json[field])])
}
