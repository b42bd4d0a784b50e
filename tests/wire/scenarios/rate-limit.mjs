import { DEFAULTS, PASSWORD, advanced, newUser } from '../harness/options.mjs'
import { difference, refusal } from '../harness/replies.mjs'

const limited = (rateLimit, more = {}) => ({ ...DEFAULTS, ...more, rateLimit: { enabled: true, ...rateLimit } })
const from = address => ({ headers: { 'x-forwarded-for': address }, note: `from ${address}` })

/** What a client gets that came too often. */
const tooMany = seconds => ({
  status: 429,
  statusText: 'Too Many Requests',
  headers: { 'content-type': 'application/json', 'x-retry-after': String(seconds) },
  cookies: [],
  body: '{"message":"Too many requests. Please try again later."}',
})
const OK = { status: 200, statusText: 'OK', cookies: [], headers: { 'content-type': 'application/json' }, body: '{"ok":true}' }
const NOT_FOUND = { status: 404, statusText: 'Not Found', cookies: [], headers: {}, body: '' }

const missing = ['email', 'password'].map(field => `[body.${field}] Invalid input: expected string, received undefined`).join('; ')
const INVALID = { ...refusal(400, 'Bad Request', 'VALIDATION_ERROR', missing), headers: { 'content-type': 'application/json' } }

/** Sends `count` requests that cost nothing: their bodies are invalid. */
async function knock(t, path, count, options) {
  for (let i = 0; i < count; i++) await t.post(path, {}, options)
}

export default [
  {
    options: limited({}),
    scenarios: {
      'three sign-ins in ten seconds': async t => {
        await knock(t, '/sign-in/email', 4, from('198.51.100.1'))
        await t.post('/sign-in/email', { email: t.email(), password: PASSWORD }, from('198.51.100.1'))
        await t.post('/sign-in/email', undefined, { body: '{bad', type: 'text/plain', ...from('198.51.100.1') })
        await t.advance(10)
        await knock(t, '/sign-in/email', 4, from('198.51.100.1'))
      },

      'each route counts for itself': async t => {
        await knock(t, '/sign-in/email', 4, from('198.51.100.2'))
        await knock(t, '/sign-up/email', 4, from('198.51.100.2'))
        await knock(t, '/sign-out', 4, from('198.51.100.2'))
        await t.get('/get-session', from('198.51.100.2'))
        await t.get('/ok', from('198.51.100.2'))
      },

      'each client counts for itself': async t => {
        await knock(t, '/sign-in/email', 4, from('198.51.100.3'))
        await knock(t, '/sign-in/email', 4, from('198.51.100.4'))
      },

      'a success counts like a failure': async t => {
        await t.post('/sign-up/email', newUser(t.email()), from('198.51.100.5'))
        await t.post('/sign-in/email', { email: t.email(), password: PASSWORD }, from('198.51.100.5'))
        await knock(t, '/sign-in/email', 3, from('198.51.100.5'))
      },

      'a hundred of anything else in ten seconds, at once': async t => {
        await t.together(Array(110).fill(['GET', '/ok', from('198.51.100.6')]))
        await t.get('/get-session', from('198.51.100.6'))
        await t.advance(10)
        await t.get('/ok', from('198.51.100.6'))
      },

      'three sign-ins at once out of many': async t => {
        await t.together(Array(20).fill(['POST', '/sign-in/email', { json: {}, ...from('198.51.100.9') }]))
      },

      'addresses of IPv6 count by their network': async t => {
        await knock(t, '/sign-in/email', 2, from('2001:db8:0:1::1'))
        await knock(t, '/sign-in/email', 1, from('2001:DB8:0000:0001:ffff:ffff:ffff:ffff'))
        await knock(t, '/sign-in/email', 1, from('2001:db8:0:1::2'))
        await knock(t, '/sign-in/email', 1, from('2001:db8:0:2::1'))
      },

      'an address of IPv4 within IPv6 is one of IPv4': async t => {
        await knock(t, '/sign-in/email', 2, from('198.51.100.7'))
        await knock(t, '/sign-in/email', 1, from('::ffff:198.51.100.7'))
        await knock(t, '/sign-in/email', 1, from('198.51.100.7'))
      },

      'however it is written': async t => {
        await knock(t, '/sign-in/email', 3, from('198.51.100.8'))
        const hexadecimal = from('::FFFF:c633:6408')
        await t.post('/sign-in/email', {}, { ...hexadecimal, differs: difference('ipv4-mapped-addresses', INVALID, tooMany(10)) })
      },

      'addresses that cannot be told share one count': async t => {
        for (const address of ['unknown', null, '198.51.100.18, 198.51.100.19', '999.1.1.1', '']) await t.post('/sign-in/email', {}, from(address))
      },

      'a wrong method or path spelling is not found': async t => {
        await knock(t, '/sign-in/email', 4, from('198.51.100.10'))
        await t.request('GET', '/api/auth/sign-in/email', { ...from('198.51.100.11') })
        await t.post('/sign-in//email', {}, from('198.51.100.10'))
        await t.post('/Sign-In/email', {}, from('198.51.100.10'))
        await t.post('/sign-in/other', {}, from('198.51.100.10'))
      },

      'what is not found is not counted': async t => {
        const differs = difference('rate-limit-by-route', tooMany(10), NOT_FOUND)
        await knock(t, '/sign-in/nothing', 3, from('198.51.100.12'))
        await t.post('/sign-in/nothing', {}, { ...from('198.51.100.12'), differs })
        await knock(t, '/sign-in/email', 4, from('198.51.100.12'))
        await t.post('/sign-in/email/', {}, { ...from('198.51.100.12'), differs })
        await t.request('GET', '/api/auth/sign-in/email', { ...from('198.51.100.12'), differs })
      },
    },
  },
  {
    options: limited({ window: 60, max: 3 }),
    scenarios: {
      'a window does not grow by being used': async t => {
        const address = from('198.51.100.20')
        await t.get('/ok', address)
        await t.advance(30)
        await t.get('/ok', address)
        await t.get('/ok', address)
        // The wait is counted from the first request here and from the last one there.
        await t.get('/ok', { ...address, differs: difference('rate-limit-fixed-window', { headers: { 'x-retry-after': '60' } }, { headers: { 'x-retry-after': '30' } }) })
        await t.advance(30)
        await t.get('/ok', { ...address, differs: difference('rate-limit-fixed-window', tooMany(30), OK) })
        await t.advance(30)
        await t.get('/ok', address)
      },

      'window and limit of one’s own': async t => {
        for (let i = 0; i < 5; i++) await t.get('/ok', from('198.51.100.21'))
        await t.advance(59)
        await t.get('/ok', from('198.51.100.21'))
        await t.advance(1)
        await t.get('/ok', from('198.51.100.21'))
        await knock(t, '/sign-in/email', 4, from('198.51.100.21'))
        await t.advance(10)
        await knock(t, '/sign-in/email', 1, from('198.51.100.21'))
      },
    },
  },
  {
    options: limited({ max: 2, customRules: { '/sign-in/email': { window: 60, max: 1 }, '/get-session': false, '/sign-*/email': { window: 60, max: 2 }, '/ok': { window: 5, max: 3 } } }),
    scenarios: {
      'rules of one’s own': async t => {
        await knock(t, '/sign-in/email', 2, from('198.51.100.30'))
        await knock(t, '/sign-up/email', 3, from('198.51.100.30'))
        await knock(t, '/sign-out', 3, from('198.51.100.30'))
        for (let i = 0; i < 6; i++) await t.get('/get-session', from('198.51.100.30'))
        for (let i = 0; i < 4; i++) await t.get('/ok', from('198.51.100.30'))
        await t.get('/error?error=a', from('198.51.100.30'))
        await t.advance(5)
        await t.get('/ok', from('198.51.100.30'))
        await knock(t, '/sign-in/email', 1, from('198.51.100.30'))
      },
    },
  },
  {
    options: limited({}, { disabledPaths: ['/sign-up/email'] }),
    scenarios: {
      'a disabled path is not counted': async t => {
        await knock(t, '/sign-up/email', 5, from('198.51.100.40'))
      },
    },
  },
  {
    options: limited({}, advanced({ ipAddress: { ipAddressHeaders: ['x-client', 'x-forwarded-for'] } })),
    scenarios: {
      'the header that names the client': async t => {
        const is = headers => ({ headers, note: JSON.stringify(headers) })
        await knock(t, '/sign-in/email', 4, is({ 'x-client': '198.51.100.50' }))
        await knock(t, '/sign-in/email', 1, is({ 'x-client': '198.51.100.50', 'x-forwarded-for': '198.51.100.51' }))
        await knock(t, '/sign-in/email', 4, is({ 'x-forwarded-for': '198.51.100.52' }))
        await knock(t, '/sign-in/email', 1, is({ 'x-real-ip': '198.51.100.53' }))
      },
    },
  },
  {
    // The harness itself connects from 127.0.0.1, which must be a trusted proxy for hallpass to look at the header.
    options: limited({}, advanced({ ipAddress: { ipAddressHeaders: ['x-forwarded-for'], trustedProxies: ['127.0.0.1', '10.0.0.0/8', '2001:db8:ffff::/48'] } })),
    scenarios: {
      'behind trusted proxies the last foreign hop counts': async t => {
        await knock(t, '/sign-in/email', 2, from('198.51.100.60'))
        await knock(t, '/sign-in/email', 1, from('203.0.113.1, 198.51.100.60, 10.1.2.3'))
        await knock(t, '/sign-in/email', 1, from('198.51.100.60, 10.1.2.3, 10.4.5.6, 2001:db8:ffff::1'))
        await knock(t, '/sign-in/email', 1, from('198.51.100.60, 198.51.100.61'))
        await knock(t, '/sign-in/email', 2, from('x, 198.51.100.62, 10.0.0.1'))
        await knock(t, '/sign-in/email', 1, from(' 198.51.100.62 ,10.0.0.1'))
        await knock(t, '/sign-in/email', 1, from('198.51.100.62'))
      },
      'behind trusted proxies, nobody that can be told': async t => {
        for (const address of ['10.0.0.1', '10.0.0.1, 10.0.0.2', '198.51.100.63, x, 10.0.0.1', 'x']) await t.post('/sign-in/email', {}, from(address))
      },
    },
  },
  {
    options: limited({}, advanced({ ipAddress: { ipAddressHeaders: ['x-forwarded-for'], ipv6Subnet: 48 } })),
    scenarios: {
      'a network of another size': async t => {
        await knock(t, '/sign-in/email', 2, from('2001:db8:1:1::1'))
        await knock(t, '/sign-in/email', 2, from('2001:db8:1:ffff::1'))
        await knock(t, '/sign-in/email', 1, from('2001:db8:2:1::1'))
      },
    },
  },
  {
    options: { ...DEFAULTS, rateLimit: undefined },
    scenarios: {
      'limits are on without any word': async t => {
        await knock(t, '/sign-in/email', 4, from('198.51.100.70'))
      },
    },
  },
  {
    options: { ...DEFAULTS, rateLimit: undefined },
    nodeEnv: 'development',
    scenarios: {
      'limits are on in development too': async t => {
        await knock(t, '/sign-in/email', 3, from('198.51.100.71'))
        await t.post('/sign-in/email', {}, { ...from('198.51.100.71'), differs: difference('rate-limit-always-on', INVALID, tooMany(10)) })
      },
    },
  },
  {
    options: { ...limited({}), advanced: undefined },
    scenarios: {
      'without a word on proxies the peer is the client': async t => {
        for (const address of ['198.51.100.80', '198.51.100.81', '198.51.100.82']) await t.post('/sign-in/email', {}, from(address))
        await t.post('/sign-in/email', {}, { ...from('198.51.100.83'), differs: difference('client-address-from-socket', INVALID, tooMany(10)) })
      },
    },
  },
  {
    options: limited({ storage: 'database', customRules: { '/ok': { window: 60, max: 2 } } }),
    scenarios: {
      'counted in the database': async t => {
        await knock(t, '/sign-in/email', 4, from('198.51.100.61'))
        await knock(t, '/sign-in/email', 4, from('198.51.100.62'))
        await t.advance(10)
        await knock(t, '/sign-in/email', 4, from('198.51.100.61'))
        for (let i = 0; i < 3; i++) await t.get('/ok', from('198.51.100.61'))
        await t.get('/get-session', from('198.51.100.61'))
      },

      'counted in the database, at once': async t => {
        await t.together(Array(20).fill(['POST', '/sign-in/email', { json: {}, ...from('198.51.100.63') }]))
      },
    },
  },
]
