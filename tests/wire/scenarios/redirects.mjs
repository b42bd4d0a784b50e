import { DEFAULTS } from '../harness/options.mjs'
import { INVALID_CALLBACK_URL, INVALID_ORIGIN, PASSWORD_TOO_LONG, SIGNED_OUT, difference, refusal } from '../harness/replies.mjs'

/** What is tried as the place to go to after signing out or in; refused or let through by form alone. */
const TARGETS = [
  // Relative ones.
  '/', '/home', '/home/', '/a/b?c=d#e', '/?next=//evil.example', '/#//evil.example', '/a//b', '/./a', '/../a', '/a/../../b', '/%20', '/a b', '/é', '/a%2fb', '/a%2Fb', '/a%5cb', '/a?b=%2f', '/a#%5c', '/%252f', '/a\\b', '/\\evil.example', '/\t/evil.example', '/\n/evil.example', '/\r/evil.example',
  '/a\u0000b', '/a\u007fb', '/a\u0085b', '/a\u00a0b', '/\u2028', '//', '//evil.example', '///evil.example', '/ /evil.example', '/.', '/@evil.example', '/:80', '/evil.example:80@x', '/;x', '/?', '/#', '/a?//evil.example', '/%0a', '/%00', '/a%zz', '/\u200b/x', '/%2e%2e/a', '/a'.repeat(500), '/.//evil.example', '/a/..//evil.example', '/%2e//evil.example', '/..//evil.example',
  // With a scheme.
  'http://localhost:3000', 'http://localhost:3000/', 'http://localhost:3000/x', 'http://localhost:3000//evil.example', 'http://LOCALHOST:3000/x', 'HTTP://localhost:3000/x', 'http://localhost:3001/x', 'https://localhost:3000/x', 'http://localhost/x', 'http://localhost:3000@evil.example/', 'http://evil.example@localhost:3000/',
  'http://localhost:3000.evil.example/', 'http://localhost:3000\\@evil.example/', 'http://localhost:3000#@evil.example/', 'http://localhost:3000?@evil.example/', 'http:/localhost:3000/x', 'http:localhost:3000/x', 'http:///localhost:3000/x', 'http:\\\\localhost:3000\\x', ' http://localhost:3000/x', 'http://localhost:3000/x ', 'http://localhost:3000/a%2fb', 'http://localhost:3000/a%5Cb', 'http://localhost:3000/a\\b', 'http://localhost:3000/a?b=\\c', 'ht\ttp://localhost:3000/x', '\u0000http://localhost:3000/x', 'http://local\nhost:3000/x', 'http://localhost:3000/\r\nx',
  'https://evil.example', 'http://evil.example/http://localhost:3000', 'javascript:alert(1)', 'JavaScript:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)', 'javascript://localhost:3000/%0aalert(1)', 'data:text/html,x', 'vbscript:x', 'blob:http://localhost:3000/x', 'file:///etc/passwd', 'about:blank', 'mailto:a@example.com', 'ws://localhost:3000/', 'ftp://localhost:3000/',
  'view-source:http://localhost:3000/', 'intent://localhost:3000/', 'myapp://', 'myapp://callback', 'tel:1', 'http://[::1]:3000/', 'http://0x7f000001/', 'http://loc%61lhost:3000/x', 'http://localhost%2e:3000/', 'http://localhost.:3000/', 'http://\uff4cocalhost:3000/', 'http://localhost:3000%2f@evil.example/', 'http://localhost:03000/', 'http://localhost: 3000/',
  // Neither.
  'home', './home', '../home', '?a=b', '#a', 'evil.example', 'localhost:3000', 'localhost:3000/x', 'www.evil.example', '\\', '\\\\evil.example', '\\/evil.example', '%2f', '%2f%2fevil.example', ' ', ' /home', '\t/home', '\u00a0/home', '\ufeff/home', '.', '*', 'null', 'undefined', 'true', '@evil.example', ':', '://', 'a:', '1:2', 'é',
]

/** Those of them that better-auth lets through and two parsers could read in two ways. */
const AMBIGUOUS = new Set([
  '/%0a', '/%00',
  '/.//evil.example', '/a/..//evil.example', '/%2e//evil.example', '/..//evil.example', 'http://evil.example@localhost:3000/', 'http://localhost:3000\\@evil.example/', 'http:/localhost:3000/x', 'http:localhost:3000/x', 'http:///localhost:3000/x', 'http:\\\\localhost:3000\\x', ' http://localhost:3000/x',
  'ht\ttp://localhost:3000/x', '\u0000http://localhost:3000/x', 'http://local\nhost:3000/x', 'http://localhost:3000/\r\nx', 'http://loc%61lhost:3000/x', 'http://localhost:3000/a%2fb', 'http://localhost:3000/a%5Cb', 'http://localhost:3000/a\\b', 'http://localhost:3000/a?b=\\c', 'myapp://user@host', 'pinned://host/cb%2fx',
])

/** What differs where better-auth would answer with `reply`. */
const refused = (callbackURL, reply) => (AMBIGUOUS.has(callbackURL) ? difference('strict-urls', reply, INVALID_CALLBACK_URL) : undefined)

const APP_PATTERNS = ['myapp://', 'exp://192.168.*.*:*/*', 'pinned://host/cb', 'wild://*.example.com', 'deep://host/a/*', 'opaque:', 'query://h?x']

const APP_TARGETS = [
  'myapp://', 'myapp://anything', 'myapp://anything/x?y#z', 'MYAPP://x', 'myapp:x', 'myapp:/x', 'myapp:///x', 'myapp2://x', 'xmyapp://x', 'myapp', 'myapp://\u0000', 'myapp://user@host', 'exp://192.168.1.1:19000/--/x', 'exp://192.168.1.1:19000/', 'exp://192.168.1.1:19000', 'exp://192.168.evil.example:19000/x', 'exp://10.0.0.1:1/x', 'exp://user@192.168.1.1:1/x',
  'pinned://host/cb', 'pinned://host/cb/', 'pinned://host/cb/x', 'pinned://host/cb?x', 'pinned://host/cb#x', 'pinned://host/cbx', 'pinned://host/', 'pinned://host', 'pinned://HOST/cb', 'pinned://host/CB', 'pinned://host/cb/../evil', 'pinned://host/x/../cb', 'pinned://host/cb/%2e%2e/evil', 'pinned://host/%63b', 'pinned://other/cb', 'pinned://host:1/cb', 'pinned://host//cb', 'pinned://host/./cb', 'pinned://host/cb%2fx', 'pinned://x@host/cb',
  'wild://a.example.com', 'wild://a.b.example.com/x', 'wild://example.com', 'wild://a.example.com.evil', 'wild://evil/a.example.com', 'wild://A.EXAMPLE.COM', 'wild://u@a.example.com', 'deep://host/a/b', 'deep://host/a/', 'deep://host/a', 'deep://host/a/../b', 'deep://host/b', 'opaque:x', 'opaque://x', 'query://h', 'query://hx', 'query://h1x', 'query://h?x', 'http://a.example.com', 'https://localhost:3000/x',
]

export default [
  {
    options: DEFAULTS,
    scenarios: {
      'targets of sign-out': async t => {
        for (const callbackURL of TARGETS) await t.post('/sign-out', { callbackURL }, { differs: refused(callbackURL, SIGNED_OUT) })
      },
      'targets of sign-in': async t => {
        // Refused by a password that is too long, when the target was let through.
        for (const callbackURL of TARGETS) {
          await t.post('/sign-in/email', { email: t.email(), password: 'x'.repeat(129), callbackURL }, { note: JSON.stringify(callbackURL), differs: refused(callbackURL, PASSWORD_TOO_LONG) })
        }
      },
      'targets of sign-up': async t => {
        // Refused for its other fields, when the target was let through.
        const missing = ['name', 'email', 'password'].map(field => `[body.${field}] Invalid input: expected string, received undefined`).join('; ')
        const reply = refusal(400, 'Bad Request', 'VALIDATION_ERROR', missing)
        for (const callbackURL of TARGETS) await t.post('/sign-up/email', { callbackURL }, { differs: refused(callbackURL, reply) })
      },
      'other names of a target': async t => {
        for (const key of ['redirectTo', 'errorCallbackURL', 'newUserCallbackURL', 'redirectURL', 'callbackUrl', 'errorURL']) {
          for (const target of ['/x', 'http://localhost:3000/x', 'https://evil.example', '//evil.example', '', 'x', 1, true, [], {}, null, false, 0]) await t.post('/sign-out', { [key]: target })
        }
        await t.post('/sign-out', { callbackURL: 'https://evil.example', redirectTo: 'https://evil.example', errorCallbackURL: 'x', newUserCallbackURL: 'x' })
        await t.post('/sign-out', { redirectTo: 'https://evil.example', errorCallbackURL: 1 })
        await t.post('/sign-out', { errorCallbackURL: 1, newUserCallbackURL: 'https://evil.example' })
      },
    },
  },
  {
    options: { ...DEFAULTS, trustedOrigins: APP_PATTERNS },
    scenarios: {
      'apps with schemes of their own': async t => {
        for (const callbackURL of APP_TARGETS) await t.post('/sign-out', { callbackURL }, { differs: refused(callbackURL, SIGNED_OUT) })
      },
      'apps as origins': async t => {
        for (const origin of APP_TARGETS.filter(target => !target.includes('\u0000'))) {
          const differs = origin === 'myapp://user@host' ? difference('strict-urls', SIGNED_OUT, INVALID_ORIGIN) : undefined
          await t.post('/sign-out', {}, { headers: { cookie: 'a=b', origin }, note: origin, differs })
        }
      },
    },
  },
]
