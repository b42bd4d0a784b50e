import { DEFAULTS, PASSWORD, advanced, newUser } from '../harness/options.mjs'

const resolved = {
  name: 'dot-segments',
  reference: { status: 200, statusText: 'OK', headers: { 'content-type': 'application/json' }, body: '{"ok":true}' },
  hallpass: { status: 404, statusText: 'Not Found', body: '' },
}

export default [
  {
    options: DEFAULTS,
    scenarios: {
      'ok answers to GET alone': async t => {
        await t.get('/ok')
        await t.get('/ok?x=1')
        for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']) await t.request(method, '/api/auth/ok')
      },

      'a wrong method is not found': async t => {
        for (const path of ['/sign-up/email', '/sign-in/email', '/sign-out']) {
          for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']) await t.request(method, `/api/auth${path}`)
        }
        for (const path of ['/get-session', '/error']) {
          for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']) await t.request(method, `/api/auth${path}`)
        }
        await t.post('/ok', {})
        await t.post('/error', {})
      },

      'a wrong method is not found before its body is looked at': async t => {
        await t.post('/ok', undefined, { body: '{bad', type: 'application/json' })
        await t.post('/nope', undefined, { body: 'x', type: 'text/plain' })
        await t.post('/nope', { callbackURL: 'https://evil.example' }, { headers: { cookie: 'a=b', origin: 'https://evil.example' } })
      },

      'unknown paths': async t => {
        for (const path of ['/nope', '/sign-up', '/sign-in', '/sign-up/email/x', '/sign-in/email.', '/ok.json', '/set-password', '/forget-password', '/constructor', '/__proto__']) {
          await t.get(path)
          await t.post(path, {})
        }
      },

      'outside the base path': async t => {
        for (const path of ['/', '/api', '/api/', '/api/auth', '/api/auth/', '/api/auth?x=1', '/api/authok', '/api/auth2/ok', '/ok', '/x/api/auth/ok', '/API/AUTH/ok', '/api/AUTH/ok', '/Api/auth/ok']) {
          await t.request('GET', path)
        }
        await t.request('POST', '/api/auth', { json: {} })
        await t.request('POST', '/', { json: {} })
      },

      'a trailing slash is another path': async t => {
        for (const path of ['/ok/', '/get-session/', '/ok/?x=1', '/error/', '/ok//', '/nope/']) await t.get(path)
        for (const path of ['/sign-in/email/', '/sign-up/email/', '/sign-out/']) await t.post(path, {})
      },

      'doubled slashes': async t => {
        for (const path of ['//api/auth/ok', '/api//auth/ok', '/api/auth//ok', '/api/auth/ok//', '///api/auth/ok', '/api/auth//get-session', '//ok', '//']) {
          await t.request('GET', path)
        }
        await t.request('POST', '/api/auth//sign-in/email', { json: {} })
        await t.request('POST', '/api/auth/sign-in//email', { json: {} })
      },

      'case of a path': async t => {
        for (const path of ['/OK', '/Ok', '/Get-Session', '/get-SESSION']) await t.get(path)
        for (const path of ['/Sign-In/email', '/sign-in/Email', '/SIGN-UP/EMAIL']) await t.post(path, {})
      },

      'percent-encoded paths': async t => {
        for (const path of [
          '/api/auth%2fok', '/api/auth/%6fk', '/api/auth/ok%20', '/api/auth/ok%00', '/api/auth/ok%', '/api/auth/ok%zz', '/api/auth/%6Fk', '/api%2Fauth/ok',
          '/%61pi/auth/ok', '/api/auth/sign-in%2Femail', '/api/auth/get%2Dsession', '/api/auth/ok%3Fx', '/api/auth/ok%2F', '/api/auth/%2Fok', '/api/auth/ok%0d%0a',
        ]) {
          await t.request('GET', path)
        }
        await t.request('POST', '/api/auth/sign-in%2femail', { json: {} })
        await t.request('POST', '/api/auth/sign%2din/email', { json: {} })
      },

      'dot segments inside a name are no segments': async t => {
        for (const path of ['/api/auth/ok.', '/api/auth/.ok', '/api/auth/..ok', '/api/auth/...', '/api/auth/.../ok', '/api/auth/ok..']) await t.request('GET', path)
      },

      'dot segments': async t => {
        for (const path of [
          '/api/auth/./ok', '/api/auth/x/../ok', '/api/./auth/ok', '/api/auth/%2e/ok', '/api/auth/x/%2e%2e/ok', '/api/auth/x/%2E./ok', '/../api/auth/ok', '/x/../api/auth/ok', '/api/auth/get-session/../ok',
        ]) {
          await t.request('GET', path, { differs: resolved })
        }
        for (const path of ['/api/auth/../ok', '/api/auth/ok/..', '/api/auth/ok/.', '/api/auth/..', '/api/auth/.']) await t.request('GET', path)
      },

      'backslashes': async t => {
        await t.request('GET', '/api/auth\\ok', { differs: resolved })
        await t.request('GET', '\\api\\auth\\ok')
        await t.request('GET', '/api/auth/\\ok')
        await t.request('GET', '/api/auth/%5cok')
      },

      'odd characters in a path': async t => {
        for (const path of ['/api/auth/ok;x=1', '/api/auth/ok:80', '/api/auth/ok@x', '/api/auth/ok,', "/api/auth/ok'", '/api/auth/ok"', '/api/auth/ok|', '/api/auth/ok^', '/api/auth/{ok}', '/api/auth/*', '/api/auth/**', '/api/auth/:x']) {
          await t.request('GET', path)
        }
      },

      'characters that no request target has': async t => {
        const differs = { name: 'http-parser', reference: { status: 404, statusText: 'Not Found' }, hallpass: { status: 400, statusText: 'Bad Request' } }
        for (const path of ['/api/auth/<ok>', '/api/auth/`ok`']) await t.request('GET', path, { differs })
        // One byte that is no UTF-8, then the same letter as two that are.
        await t.request('GET', '/api/auth/ok\u00e9')
        await t.request('GET', '/api/auth/ok\u00c3\u00a9', { differs: { name: 'http-parser', reference: differs.hallpass, hallpass: differs.reference } })
      },

      'odd queries': async t => {
        for (const query of ['?', '??', '?&', '?=', '?a', '?a=%', '?a=%zz', '?a=1&a=2', '?__proto__=1', '?constructor=1', '?a[b]=1', '?%00', '?a=+', '?disableRefresh']) {
          await t.get(`/ok${query}`)
          await t.get(`/get-session${query}`)
        }
      },

      'the whole URL as target': async t => {
        await t.request('GET', 'http://localhost:3000/api/auth/ok', {
          differs: {
            name: 'absolute-form',
            reference: { status: 'connection closed without an answer' },
            hallpass: { status: 200, statusText: 'OK', headers: { 'content-type': 'application/json' }, cookies: [], body: '{"ok":true}' },
          },
        })
      },

      'odd methods': async t => {
        for (const method of ['PROPFIND', 'PURGE', 'SEARCH']) {
          await t.request(method, '/api/auth/ok')
          await t.request(method, '/api/auth/get-session')
        }
      },
    },
  },
  {
    options: advanced({ skipTrailingSlashes: true }),
    scenarios: {
      'trailing slashes can be allowed': async t => {
        for (const path of ['/ok', '/ok/', '/ok//', '/get-session/', '/get-session/?x=1', '/', '', '/nope/']) await t.get(path)
        for (const path of ['/sign-in/email/', '/sign-up/email/', '/sign-out/']) await t.post(path, {})
      },
    },
  },
  ...['/auth', '/', '/a/b/c', 'auth', '/auth/', '/api/auth/'].map(basePath => ({
    options: { ...DEFAULTS, basePath },
    scenarios: {
      [`basePath ${basePath}`]: async t => {
        for (const path of ['/ok', '/auth/ok', '/a/b/c/ok', '/auth//ok', '/auth', '//ok', '/api/auth/ok', '/', '/a/b/ok', '/auth/ok/', '/api/auth//ok']) await t.request('GET', path)
        for (const base of ['', '/auth', '/a/b/c']) {
          await t.request('GET', `${base}/get-session`)
          await t.request('POST', `${base}/sign-in/email`, { json: { email: 'nobody@example.com', password: 'x' } })
        }
      },
    },
  })),
  ...['http://localhost:3000/auth', 'http://localhost:3000/x/y/', 'http://localhost:3000/', 'https://app.example.com'].map(baseURL => ({
    options: { ...DEFAULTS, baseURL },
    scenarios: {
      [`baseURL ${baseURL}`]: async t => {
        for (const path of ['/ok', '/auth/ok', '/x/y/ok', '/x/y//ok', '/api/auth/ok']) await t.request('GET', path)
        const base = { 'http://localhost:3000/auth': '/auth', 'http://localhost:3000/x/y/': '/x/y' }[baseURL] ?? '/api/auth'
        await t.request('POST', `${base}/sign-up/email`, { json: { name: 'A', email: t.email(), password: 'password1234' } })
        for (const origin of ['http://localhost:3000', 'https://app.example.com', 'http://app.example.com']) {
          await t.request('POST', `${base}/sign-in/email`, { note: `Origin ${origin}`, json: { email: t.email(), password: 'password1234' }, headers: { origin } })
        }
      },
    },
  })),
  {
    options: { ...DEFAULTS, disabledPaths: ['/sign-up/email', '/ok'] },
    scenarios: {
      'disabled paths': async t => {
        await t.get('/ok')
        await t.get('/ok?x=1')
        await t.post('/sign-up/email', newUser(t.email()))
        await t.post('/sign-up/email', undefined, { body: '{bad', type: 'text/plain' })
        await t.get('/OK')
        await t.get('/%6fk')
        await t.request('GET', '/api/auth//ok')
        await t.post('/sign-up/email/x', {})
        await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
        await t.get('/get-session')
        await t.post('/sign-out', {})
      },

      'disabled paths that are no routes': async t => {
        const differs = {
          name: 'disabled-paths-by-route',
          reference: { headers: { 'content-type': 'text/plain;charset=UTF-8' }, body: 'Not Found' },
          hallpass: { body: '' },
        }
        for (const path of ['/api/auth/ok/', '/api/auth/ok//', '/ok']) await t.request('GET', path, { differs })
        await t.post('/ok', {}, { differs })
        await t.request('OPTIONS', '/api/auth/sign-up/email', { differs })
        await t.post('/sign-out/', {})
      },
    },
  },
  // better-auth takes them, and they disable or limit nothing.
  ...['get-session', '/sign-out/', '/nope'].map(path => ({
    options: { ...DEFAULTS, disabledPaths: [path] },
    refused: { title: `disabled path ${path}`, says: `"${path}"`, differs: 'strict-options' },
  })),
  {
    options: { ...DEFAULTS, rateLimit: { enabled: true, customRules: { '/nope': { window: 10, max: 5 } } } },
    refused: { title: 'a limit for a path that is no route', says: '"/nope"', differs: 'strict-options' },
  },
]
