import { askedAbout, solved, verifyURL } from '../harness/fakes.mjs'
import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

const captcha = (provider, more = {}) => ({
  ...DEFAULTS,
  plugins: [{ id: 'captcha', provider, secretKey: 'the secret of the site', siteVerifyURLOverride: verifyURL, ...more }],
})

/** A sign-in with a captcha of which the provider says `told`, and what the provider was asked. */
async function attempt(t, told, { status, ...options } = {}) {
  const token = solved(told, status)
  const note = `the provider says ${JSON.stringify(told)}${status ? ` with ${status}` : ''}`
  await t.post('/sign-in/email', { email: t.email(), password: PASSWORD }, { note, ...options, headers: { 'x-captcha-response': token, ...options.headers } })
  t.note('asked', askedAbout(token))
}

/** What every provider has in common. */
async function verdicts(t) {
  await t.post('/sign-up/email', newUser(t.email()), { headers: { 'x-captcha-response': solved({ success: true }) } })
  for (const told of [
    { success: true },
    { success: false },
    {},
    { success: 'yes' },
    { success: 0 },
    [],
    null,
    true,
    '',
    { success: true, score: 0.49 },
    { success: true, score: 0.5 },
    { success: true, score: 'high' },
    { success: true, action: 'sign-in', hostname: 'example.com' },
    { success: true, action: 'sign-up', hostname: 'example.com' },
    { success: true, action: 'sign-in', hostname: 'evil.example' },
    { success: true, action: 'sign-in' },
  ]) await attempt(t, told)
  await attempt(t, { success: true }, { status: 400 })
  await attempt(t, { success: true }, { status: 500 })
  await t.stores()
}

/** Which requests are asked for a captcha, and before what. */
async function order(t) {
  const body = { email: t.email(), password: PASSWORD }
  await t.post('/sign-in/email', body)
  await t.post('/sign-in/email', body, { note: 'an empty header', headers: { 'x-captcha-response': '' } })
  await t.post('/sign-in/email', body, { note: 'a header of spaces', headers: { 'x-captcha-response': '   ' } })
  await t.post('/sign-in/email', {}, { note: 'no fields' })
  await t.request('POST', `${t.base}/sign-in/email`, { body: 'no JSON', type: 'application/json' })
  await t.request('POST', `${t.base}/sign-in/email`, { body: 'text', type: 'text/plain' })
  await t.browser().post('/sign-in/email', body, { note: 'a foreign origin', headers: { origin: 'https://evil.example', cookie: 'a=b' } })
  await attempt(t, { success: true }, { headers: { origin: 'https://evil.example', cookie: 'a=b' } })
  await t.post('/sign-up/email', newUser(t.email()))
  await t.post('/sign-out', {})
  await t.get('/get-session')
  await t.get('/ok')
  const byRoute = { name: 'captcha-by-route', reference: { status: 400, statusText: 'Bad Request', headers: { 'content-type': 'application/json' }, body: '{"message":"Missing CAPTCHA response","code":"MISSING_RESPONSE"}' }, hallpass: { status: 404, statusText: 'Not Found', headers: {}, body: '' } }
  await t.get('/sign-in/email', { differs: byRoute })
  await t.request('POST', `${t.base}/sign-in//email`, { json: body, differs: byRoute })
  await t.request('POST', `${t.base}/sign-in/email/`, { json: body, differs: byRoute })
}

export default [
  ...['cloudflare-turnstile', 'google-recaptcha', 'hcaptcha', 'captchafox'].map(provider => ({
    options: captcha(provider, { siteKey: 'the key of the site' }),
    scenarios: { [`verdicts of ${provider}`]: verdicts },
  })),
  ...['cloudflare-turnstile', 'google-recaptcha'].map(provider => ({
    options: captcha(provider, { minScore: 0.7, expectedAction: 'sign-in', allowedHostnames: ['example.com', 'www.example.com'] }),
    scenarios: { [`verdicts of ${provider} on this action and host`]: verdicts },
  })),
  { options: captcha('hcaptcha'), scenarios: { 'what is asked for a captcha': order } },
  {
    options: captcha('hcaptcha', { endpoints: ['/ok', '/sign-in/*'] }),
    scenarios: {
      'other endpoints': async t => {
        await t.get('/ok')
        await t.post('/sign-in/email', {})
        await t.post('/sign-up/email', newUser(t.email()))
      },
    },
  },
  {
    options: { ...captcha('hcaptcha'), rateLimit: { enabled: true }, disabledPaths: ['/sign-up/email'] },
    scenarios: {
      'limits and disabled paths come first': async t => {
        await t.post('/sign-up/email', newUser(t.email()))
        for (let i = 0; i < 4; i++) await t.post('/sign-in/email', {})
      },
    },
  },
  {
    options: captcha('cloudflare-turnstile'),
    scenarios: {
      'the official client': async t => {
        const { client, call } = t.client()
        const fetchOptions = told => ({ headers: { 'x-captcha-response': solved(told) } })
        const user = newUser(t.email())
        await call('signUp.email, no captcha', () => client.signUp.email(user))
        await call('signUp.email, not solved', () => client.signUp.email({ ...user, fetchOptions: fetchOptions({ success: false }) }))
        await call('signUp.email', () => client.signUp.email({ ...user, fetchOptions: fetchOptions({ success: true }) }))
        await call('getSession', () => client.getSession())
      },
    },
  },
]
