import { DEFAULTS, PASSWORD, advanced } from '../harness/options.mjs'

/** Every response that sets or clears cookies, in one browser. */
async function journey(t) {
  const browser = await t.signedUp()
  await browser.get('/get-session')
  await t.advance(86_400)
  await browser.get('/get-session')
  await browser.post('/sign-in/email', { email: t.email(), password: PASSWORD, rememberMe: false })
  await browser.get('/get-session')
  await browser.post('/sign-in/email', { email: t.email(), password: PASSWORD })
  await browser.post('/sign-out', {})
  browser.jar.set('better-auth.session_token', t.sign('a'.repeat(32)))
  await browser.get('/get-session')
}

const cases = {
  'useSecureCookies': { useSecureCookies: true },
  'useSecureCookies false': { useSecureCookies: false },
  'cookiePrefix': { cookiePrefix: 'app' },
  'cookiePrefix, empty': { cookiePrefix: '' },
  'cookiePrefix and useSecureCookies': { cookiePrefix: 'app', useSecureCookies: true },
  'crossSubDomainCookies': { crossSubDomainCookies: { enabled: true, domain: 'example.com' } },
  'crossSubDomainCookies, a leading dot': { crossSubDomainCookies: { enabled: true, domain: '.example.com' } },
  'crossSubDomainCookies of the base URL': { crossSubDomainCookies: { enabled: true } },
  'crossSubDomainCookies not enabled': { crossSubDomainCookies: { enabled: false, domain: 'example.com' } },
  'names of one’s own': { cookies: { session_token: { name: 'my_session' }, dont_remember: { name: 'my_forget' } } },
  'names of one’s own and useSecureCookies': { cookies: { session_token: { name: 'my_session' } }, useSecureCookies: true },
  'attributes of one cookie': { cookies: { session_token: { attributes: { sameSite: 'strict', path: '/app', secure: true } } } },
  'defaultCookieAttributes': { defaultCookieAttributes: { sameSite: 'strict', path: '/auth', domain: 'example.com' } },
  'defaultCookieAttributes, SameSite none': { defaultCookieAttributes: { sameSite: 'none', secure: true, partitioned: true } },
  'defaultCookieAttributes, SameSite none forces Secure': { defaultCookieAttributes: { sameSite: 'none' } },
  'one cookie’s attributes over the default ones': { defaultCookieAttributes: { sameSite: 'strict', path: '/x' }, cookies: { session_token: { attributes: { sameSite: 'lax' } } } },
  'SameSite in capitals': { defaultCookieAttributes: { sameSite: 'Strict' } },
  'a prefix of __Host-': { cookiePrefix: '__Host-app', crossSubDomainCookies: { enabled: true, domain: 'example.com' } },
}

export default [
  { options: DEFAULTS, scenarios: { 'plain': journey } },
  ...Object.entries(cases).map(([name, changes]) => ({ options: advanced(changes), scenarios: { [name]: journey } })),
  {
    options: { ...DEFAULTS, baseURL: 'https://auth.example.com' },
    origin: 'https://auth.example.com',
    scenarios: { 'a base URL of https': journey },
  },
  {
    options: { ...advanced({ useSecureCookies: false, crossSubDomainCookies: { enabled: true } }), baseURL: 'https://auth.example.com:8443' },
    refused: { title: 'a base URL of https without secure cookies', says: 'in the clear', differs: 'strict-options' },
  },
  ...[
    ['httpOnly false', 'http_only', { cookies: { session_token: { attributes: { httpOnly: false } } } }],
    ['httpOnly false for all', 'http_only', { defaultCookieAttributes: { httpOnly: false } }],
    ['a Max-Age', 'maxAge', { cookies: { dont_remember: { attributes: { maxAge: 60 } } } }],
    ['a Max-Age for all', 'maxAge', { defaultCookieAttributes: { maxAge: 1234 } }],
  ].map(([title, says, changes]) => ({ options: advanced(changes), refused: { title, says, differs: 'cookie-attributes-fixed' } })),
]
