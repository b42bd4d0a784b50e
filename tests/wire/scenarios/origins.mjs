import { DEFAULTS, PASSWORD, advanced, newUser } from '../harness/options.mjs'
import { INVALID_CALLBACK_URL, INVALID_ORIGIN, SIGNED_OUT, WRONG_PASSWORD, difference, refusal } from '../harness/replies.mjs'

/** A wrong password: refused with 401 once the origin has been let through, and nothing is left behind. */
const attempt = t => ({ email: t.email('nobody'), password: 'wrong password' })

const ORIGINS = [
  'http://localhost:3000', 'http://localhost', 'http://localhost:3001', 'https://localhost:3000', 'http://LOCALHOST:3000', 'HTTP://localhost:3000', 'http://localhost:3000/', 'http://localhost:3000/path', 'http://localhost:3000?x', 'http://localhost:03000', 'localhost:3000', '//localhost:3000',
  'http://localhost:3000.evil.example', 'http://evil.example', 'http://user@localhost:3000', 'http://localhost:3000@evil.example', 'http://sub.localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000', 'null', '', ' ', '/', '*', 'file://', 'about:blank', 'javascript:alert(1)',
  'http://localhost:3000, http://localhost:3000', 'http:/localhost:3000', 'http:localhost:3000', 'http://localhost:3000\\@evil.example', 'http://loc\u00e4lhost:3000', 'x', '\u00e9', 'http://localhost%3a3000', ' http://localhost:3000 ', 'http://localhost:3000 x', 'ftp://localhost:3000', 'http://localhost\t:3000',
]

/** Spellings that a URL parser takes for the trusted origin and no browser sends. */
const AMBIGUOUS = new Set([
  'http://user@localhost:3000', 'http:/localhost:3000', 'http:localhost:3000', 'http://localhost:3000\\@evil.example', 'http://localhost\t:3000', 'http://user:pass@localhost:3000/', 'custom://x.wild.example',
])
const signInRefused = difference('strict-urls', WRONG_PASSWORD, INVALID_ORIGIN)
const signOutRefused = difference('strict-urls', SIGNED_OUT, INVALID_ORIGIN)
const only = (difference, value) => (AMBIGUOUS.has(value) ? difference : undefined)

/** Tries every origin, with and without a cookie. */
async function tryAll(t, origins) {
  for (const origin of origins) {
    await t.post('/sign-in/email', attempt(t), { headers: { origin }, note: `Origin ${origin}`, differs: only(signInRefused, origin) })
    await t.post('/sign-in/email', attempt(t), { headers: { origin, cookie: 'a=b' }, note: `Origin ${origin}, cookie`, differs: only(signInRefused, origin) })
    await t.post('/sign-out', {}, { headers: { origin }, note: `Origin ${origin}` })
    await t.post('/sign-out', {}, { headers: { origin, cookie: 'a=b' }, note: `Origin ${origin}, cookie`, differs: only(signOutRefused, origin) })
  }
}

const trusting = trustedOrigins => ({ ...DEFAULTS, trustedOrigins })

export default [
  {
    options: DEFAULTS,
    scenarios: {
      'Origin, good and bad': t => tryAll(t, ORIGINS.slice(0, 20)),
      'Origin, odd ones': t => tryAll(t, ORIGINS.slice(20)),

      'no Origin': async t => {
        for (const path of ['/sign-in/email', '/sign-up/email', '/sign-out', '/get-session']) {
          await t.post(path, attempt(t))
          await t.post(path, attempt(t), { headers: { cookie: 'a=b' }, note: 'cookie' })
          await t.post(path, attempt(t), { headers: { cookie: '' }, note: 'empty cookie' })
          await t.post(path, attempt(t), { headers: { cookie: ' ' }, note: 'blank cookie' })
        }
      },

      'Referer stands in for Origin': async t => {
        for (const referer of [
          'http://localhost:3000/', 'http://localhost:3000/sign-in?x=y', 'http://localhost:3000', 'http://evil.example/', 'http://localhost:3000.evil.example/', '', 'null', '/', 'http://evil.example/http://localhost:3000/', 'http://user:pass@localhost:3000/', 'about:client', 'android-app://com.example/',
        ]) {
          await t.post('/sign-in/email', attempt(t), { headers: { referer }, note: `Referer ${referer}`, differs: only(signInRefused, referer) })
          await t.post('/sign-out', {}, { headers: { referer, cookie: 'a=b' }, note: `Referer ${referer}, cookie`, differs: only(signOutRefused, referer) })
          await t.post('/sign-out', {}, { headers: { referer, cookie: 'a=b', origin: 'http://evil.example' }, note: `Referer ${referer}, cookie, bad Origin` })
          await t.post('/sign-out', {}, { headers: { referer, cookie: 'a=b', origin: 'null' }, note: `Referer ${referer}, cookie, Origin null` })
          await t.post('/sign-out', {}, { headers: { referer, cookie: 'a=b', origin: '' }, note: `Referer ${referer}, cookie, empty Origin`, differs: only(signOutRefused, referer) })
        }
      },

      'several Origin or Referer lines': async t => {
        const good = 'http://localhost:3000'
        for (const headers of [
          { origin: [good, good] }, { origin: [good, 'http://evil.example'] }, { origin: ['http://evil.example', good] }, { origin: ['', good] }, { referer: ['http://evil.example/', `${good}/`] }, { referer: ['http://evil.example/', 'http://evil.example/'] },
        ]) {
          await t.post('/sign-out', {}, { headers: { cookie: 'a=b', ...headers }, note: JSON.stringify(headers) })
          await t.post('/sign-in/email', attempt(t), { headers, note: JSON.stringify(headers) })
        }
      },

      'several Referer lines, the first of them good': async t => {
        for (const referer of [[`${t.origin}/`, 'http://evil.example/'], [`${t.origin}/`, `${t.origin}/`]]) {
          const name = 'repeated-headers'
          await t.post('/sign-out', {}, { headers: { cookie: 'a=b', referer }, note: referer, differs: difference(name, SIGNED_OUT, INVALID_ORIGIN) })
          await t.post('/sign-in/email', attempt(t), { headers: { referer }, note: referer, differs: difference(name, WRONG_PASSWORD, INVALID_ORIGIN) })
        }
      },

      'Origin null from the same site': async t => {
        for (const site of ['same-origin', 'same-site', 'cross-site', 'none', 'Same-Origin', '', undefined]) {
          for (const host of ['localhost:3000', 'evil.example', 'LOCALHOST:3000', 'localhost:3001']) {
            const headers = { origin: 'null', 'sec-fetch-site': site, host }
            await t.post('/sign-out', {}, { headers: { ...headers, cookie: 'a=b' }, note: `${site}, Host ${host}, cookie` })
            await t.post('/sign-in/email', attempt(t), { headers, note: `${site}, Host ${host}` })
          }
        }
      },

      'the forwarded host and scheme do not count': async t => {
        const headers = { cookie: 'a=b', origin: 'https://evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', host: 'evil.example' }
        await t.post('/sign-out', {}, { headers })
        await t.post('/sign-out', {}, { headers: { ...headers, origin: 'null', 'sec-fetch-site': 'same-origin' } })
        await t.post('/sign-out', {}, { headers: { ...headers, origin: 'http://localhost:3000' } })
      },

      'Fetch Metadata, without cookies': async t => {
        for (const site of [undefined, 'cross-site', 'same-site', 'same-origin', 'none', 'Cross-Site', ' ', '']) {
          for (const mode of [undefined, 'navigate', 'cors', 'no-cors', 'Navigate', '']) {
            const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': mode }
            await t.post('/sign-in/email', attempt(t), { headers, note: `${site} ${mode}` })
            await t.post('/sign-in/email', attempt(t), { headers: { ...headers, origin: t.origin }, note: `${site} ${mode}, good Origin` })
            await t.post('/sign-in/email', attempt(t), { headers: { ...headers, origin: 'http://evil.example' }, note: `${site} ${mode}, bad Origin` })
          }
        }
      },

      'Fetch Metadata, other headers and routes': async t => {
        const crossSite = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
        await t.post('/sign-in/email', attempt(t), { headers: { 'sec-fetch-dest': 'document' } })
        await t.post('/sign-in/email', attempt(t), { headers: { 'sec-fetch-dest': ' ' } })
        await t.post('/sign-in/email', attempt(t), { headers: { 'sec-fetch-user': '?1' } })
        await t.post('/sign-in/email', attempt(t), { headers: { ...crossSite, cookie: 'a=b' } })
        await t.post('/sign-in/email', attempt(t), { headers: { ...crossSite, cookie: 'a=b', origin: t.origin } })
        await t.post('/sign-in/email', attempt(t), { headers: { ...crossSite, cookie: '' } })
        await t.post('/sign-in/email', {}, { headers: crossSite, note: 'invalid body' })
        await t.post('/sign-up/email', newUser(t.email(), { password: 'short' }), { headers: crossSite })
        await t.post('/sign-up/email', newUser(t.email(), { password: 'short' }), { headers: { ...crossSite, 'sec-fetch-mode': 'cors' } })
        await t.post('/sign-out', {}, { headers: crossSite })
        await t.get('/get-session', { headers: crossSite })
        await t.get('/error?error=a', { headers: crossSite })
      },

      'GET asks for no Origin': async t => {
        const browser = await t.signedUp()
        for (const origin of ['http://evil.example', 'null', '']) await browser.get('/get-session', { headers: { origin } })
      },

      'callbackURL in the query of a GET that has no use for it': async t => {
        const refused = { ...INVALID_CALLBACK_URL, headers: { 'content-type': 'application/json' } }
        const type = { 'content-type': 'application/json' }
        await t.get('/ok?callbackURL=https://evil.example', { differs: difference('redirects-checked-everywhere', { status: 200, statusText: 'OK', headers: type, cookies: [], body: '{"ok":true}' }, refused) })
        await t.get('/get-session?callbackURL=https://evil.example', {
          differs: difference('redirects-checked-everywhere', { status: 200, statusText: 'OK', headers: { ...type, pragma: 'no-cache' }, cookies: [], body: 'null' }, refused),
        })
        await t.get('/ok?callbackURL=/x')
        await t.get('/ok?callbackURL=')
      },

      'callbackURL in the query of a POST': async t => {
        for (const query of ['?callbackURL=https://evil.example', '?callbackURL=/x', '?callbackURL=', '?callbackURL=/x&callbackURL=https://evil.example', '?callbackURL=%2F%2Fevil.example']) {
          await t.post(`/sign-in/email${query}`, attempt(t))
        }
        await t.post('/sign-in/email?callbackURL=/x', { ...attempt(t), callbackURL: '/good' })
      },

      'bad targets in a query beside good ones in the body': async t => {
        const name = 'redirects-checked-everywhere'
        const twice = { status: 400, statusText: 'Bad Request', cookies: [], body: '{"message":"Invalid callbackURL: expected a string"}' }
        const body = { ...attempt(t), callbackURL: '/good' }
        for (const target of ['https://evil.example', '%2F%2Fevil.example']) await t.post(`/sign-in/email?callbackURL=${target}`, body, { differs: difference(name, WRONG_PASSWORD, INVALID_CALLBACK_URL) })
        await t.post('/sign-in/email?callbackURL=/x&callbackURL=/y', body, { differs: difference(name, WRONG_PASSWORD, twice) })
        await t.post('/sign-in/email?redirectTo=https://evil.example', body, { differs: difference(name, WRONG_PASSWORD, refusal(403, 'Forbidden', 'INVALID_REDIRECT_URL', 'Invalid redirectURL')) })
      },

      'a form that a foreign page sends': async t => {
        const form = { body: new URLSearchParams(attempt(t)).toString(), type: 'application/x-www-form-urlencoded' }
        await t.post('/sign-in/email', undefined, { ...form, headers: { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' } })
        await t.post('/sign-in/email', undefined, { ...form, headers: { origin: t.origin, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' } })
        await t.post('/sign-in/email', undefined, { ...form, headers: { origin: 'null', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' } })
      },
    },
  },
  {
    options: trusting(['https://app.example.com', 'https://*.example.org', 'http://localhost:?', 'https://a*b.example.net', '*.wild.example']),
    scenarios: {
      'trusted origins: exact and with wildcards': async t => {
        for (const origin of [
          'http://localhost:3000', 'https://app.example.com', 'http://app.example.com', 'https://app.example.com:443', 'https://app.example.com:8443', 'https://APP.example.com', 'https://sub.app.example.com', 'https://a.example.org', 'https://a.b.example.org', 'https://example.org', 'https://.example.org',
          'https://a.example.org:8443', 'http://a.example.org', 'https://a.example.org.evil.example', 'https://evil.example/.example.org', 'https://evil.example?.example.org', 'https://evil.example#.example.org', 'http://localhost:4', 'http://localhost:40', 'http://localhost:', 'https://ab.example.net', 'https://a1b.example.net', 'https://a.b.example.net', 'https://a-b.c.example.net',
          'http://x.wild.example', 'https://x.wild.example', 'https://wild.example', 'https://x.wild.example:81', 'custom://x.wild.example',
        ]) {
          await t.post('/sign-out', {}, { headers: { cookie: 'a=b', origin }, note: origin, differs: only(signOutRefused, origin) })
        }
      },
      'trusted origins: as targets': async t => {
        await t.post('/sign-up/email', newUser(t.email()))
        for (const callbackURL of [
          'https://app.example.com/x', 'https://app.example.com', 'https://app.example.com.evil.example/x', 'https://app.example.com@evil.example/', 'https://a.example.org/x?y=z', 'https://evil.example/a.example.org', 'http://x.wild.example/y',
        ]) {
          await t.post('/sign-in/email', { email: t.email(), password: PASSWORD, callbackURL })
        }
      },
    },
  },
  {
    options: trusting(['192.168.*.*', 'http://10.?.0.*:8080', '172.16.*']),
    scenarios: {
      'wildcards of addresses': async t => {
        for (const origin of [
          'http://192.168.1.1', 'http://192.168.1.1:8080', 'http://192.168.evil.example', 'http://192.168.1.evil', 'http://10.0.0.5:8080', 'http://10.0.0.5', 'http://10.10.0.5:8080', 'http://10.0.0.evil:8080', 'http://172.16.0.1', 'http://172.16.evil.example', 'http://172.16.1', 'https://anything.example', 'null',
        ]) {
          await t.post('/sign-out', {}, { headers: { cookie: 'a=b', origin }, note: origin })
        }
      },
    },
  },
  ...['*', '*.com', 'bare-host.example', 'https://path.example/app', 'javascript:'].map(pattern => ({
    options: trusting([pattern]),
    refused: { title: `trusted origin ${pattern}`, says: `"${pattern}"`, differs: 'strict-options' },
  })),
  ...['disableOriginCheck', 'disableCSRFCheck'].map(option => ({
    options: advanced({ [option]: true }),
    refused: { title: option, says: option, differs: 'origin-checks-stay-on' },
  })),
]
