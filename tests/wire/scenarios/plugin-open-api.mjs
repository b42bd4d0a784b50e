import { Validator } from '@seriousme/openapi-schema-validator'
import { rangeURL } from '../harness/fakes.mjs'
import { DEFAULTS } from '../harness/options.mjs'

/** What better-auth's document has, and hallpass answers too. */
const ROUTES = [
  'POST /sign-up/email',
  'POST /sign-in/email',
  'POST /sign-out',
  'GET /get-session',
  'POST /get-session',
  'GET /list-sessions',
  'POST /revoke-session',
  'POST /revoke-sessions',
  'POST /revoke-other-sessions',
  'POST /verify-password',
  'POST /change-password',
  'POST /reset-password',
  'POST /request-password-reset',
  'GET /reset-password/{token}',
  'GET /verify-email',
  'POST /send-verification-email',
  'POST /change-email',
  'GET /delete-user/callback',
  'POST /unlink-account',
  'POST /update-session',
  'POST /update-user',
  'POST /delete-user',
  'GET /list-accounts',
  'GET /ok',
  'GET /error',
]

/** What it has and hallpass does not answer yet. */
const TO_COME = [
  'POST /sign-in/social',
  'GET /callback/{id}',
  'POST /callback/{id}',
  'POST /link-social',
  'POST /refresh-token',
  'POST /get-access-token',
  'GET /account-info',
]

/** Plugins whose routes are compared. */
const PLUGINS = ['open-api', 'anonymous', 'bearer', 'custom-session', 'email-otp', 'jwt', 'last-login-method', 'magic-link', 'multi-session', 'one-time-token', 'username', { id: 'have-i-been-pwned', rangeURLOverride: rangeURL }, { id: 'captcha', provider: 'cloudflare-turnstile', secretKey: 'the secret of the site' }]

/** What is not valid in better-auth's document with these plugins: `required` beside a `schema`. */
const FAULTS = ['/paths/~1delete-anonymous-user/post/responses/400/content/application~1json', '/paths/~1delete-anonymous-user/post/responses/400']

/** The same inputs with the username plugin's fields, and without them. */
const added = (required, optional) => ({
  name: 'document-without-added-fields',
  reference: { body: JSON.stringify({ path: [], query: [], required, optional: [...optional, 'displayUsername', 'username'].sort() }) },
  hallpass: { body: JSON.stringify({ path: [], query: [], required, optional }) },
})
const ADDED = { 'POST /sign-up/email': added(['email', 'name', 'password'], ['callbackURL', 'image', 'rememberMe']), 'POST /update-user': added([], ['image', 'name']) }

function operations(document) {
  const paths = Object.entries(document.paths)
  return Object.fromEntries(paths.flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation])))
}

/** What an operation takes, by name: better-auth does not say of its queries what must be there. */
function inputs({ parameters = [], requestBody }) {
  const { properties = {}, required = [] } = requestBody?.content['application/json']?.schema ?? {}
  const named = place => parameters.filter(parameter => parameter.in === place).map(({ name }) => name).sort()
  return { path: named('path'), query: named('query'), required: [...required].sort(), optional: Object.keys(properties).filter(name => !required.includes(name)).sort() }
}

const document = ({ faultsOfReference, ...differs } = {}) => async t => {
  const { json } = await t.look(
    '/open-api/generate-schema',
    ({ status, headers, json }) => {
      const all = operations(json)
      const told = ROUTES.map(route => [route, inputs(all[route] ?? {})])
      const { openapi, servers, tags } = json
      return {
        answer: [status, headers['content-type']],
        document: { openapi, servers, tag: tags[0].name },
        ...Object.fromEntries(told),
        'to come': TO_COME.filter(route => all[route]),
        ...Object.fromEntries(
          Object.keys(all)
            .filter(route => !ROUTES.includes(route) && !TO_COME.includes(route))
            .sort()
            .map(route => [route, inputs(all[route])]),
        ),
      }
    },
    {
      'POST /unlink-account': {
        name: 'unlink-by-provider',
        reference: { body: '{"path":[],"query":[],"required":["accountId"],"optional":[]}' },
        hallpass: { body: '{"path":[],"query":[],"required":["accountId"],"optional":["providerId"]}' },
      },
      'to come': { name: 'routes-to-come', reference: { body: JSON.stringify(TO_COME) }, hallpass: { body: '[]' } },
      ...differs,
    },
  )
  // By its own words a document is valid or not; better-auth's is not with every plugin.
  const { errors } = await new Validator().validate(json)
  const faults = [...new Set((errors ?? []).map(({ instancePath }) => instancePath))]
  await t.look('/open-api/generate-schema', () => ({ faults }), faultsOfReference && { faults: { name: 'document-is-valid', reference: { body: JSON.stringify(faultsOfReference) }, hallpass: { body: '[]' } } })
}

/** The page, but for what it holds. */
const page = path => t =>
  t.look(path, ({ status, headers }) => ({
    answer: [status, headers['content-type']],
    policy: headers['content-security-policy'] !== undefined,
  }), { policy: { name: 'reference-page-is-closed', reference: { body: 'false' }, hallpass: { body: 'true' } } })

const withPlugin = options => ({ ...DEFAULTS, plugins: [{ id: 'open-api', ...options }] })

export default [
  { options: withPlugin(), scenarios: { 'the document': document(), 'the page': page('/reference') } },
  {
    options: { ...DEFAULTS, emailAndPassword: { enabled: true, sendResetPassword: true }, plugins: PLUGINS.map(plugin => (typeof plugin === 'string' ? { id: plugin } : plugin)) },
    scenarios: { 'the document, with other plugins': document({ ...ADDED, faultsOfReference: FAULTS }) },
  },
  {
    options: withPlugin({ path: '/docs', theme: 'moon' }),
    scenarios: {
      'the page elsewhere': async t => {
        await page('/docs')(t)
        await t.get('/reference')
      },
    },
  },
  { options: withPlugin({ disableDefaultReference: true }), scenarios: { 'no page': t => t.get('/reference') } },
  {
    options: { ...withPlugin(), disabledPaths: ['/sign-up/email'] },
    scenarios: { 'a disabled route': t => t.look('/open-api/generate-schema', ({ json }) => ({ 'its path': Object.hasOwn(json.paths, '/sign-up/email') })) },
  },
]
