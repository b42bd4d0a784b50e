import { usernameClient } from 'better-auth/client/plugins'
import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

const username = (options = {}, changes = {}) => ({ ...DEFAULTS, ...changes, plugins: [{ id: 'username', ...options }] })
const up = (t, who, changes) => newUser(t.email(who), changes)

async function journey(t) {
  const browser = t.browser()
  await browser.post('/sign-up/email', up(t, 'ann', { username: 'Ann.Lee_1', displayUsername: 'Ann Lee' }))
  await browser.get('/get-session')
  await browser.post('/sign-out', {})
  for (const name of ['Ann.Lee_1', 'ann.lee_1', 'ANN.LEE_1']) await browser.post('/sign-in/username', { username: name, password: PASSWORD })
  await browser.get('/get-session')
  await browser.post('/update-user', { username: 'Ann2' })
  await browser.get('/get-session')
  await browser.post('/update-user', { displayUsername: 'Ann the second' })
  await browser.post('/update-user', { username: 'ANN2' })
  await browser.get('/get-session')
  await t.post('/sign-in/username', { username: 'ann.lee_1', password: PASSWORD })
  await t.post('/sign-in/username', { username: 'ann2', password: PASSWORD, rememberMe: false })
  await t.post('/sign-in/username', { username: 'ann2', password: PASSWORD, callbackURL: '/home' })
  await t.post('/sign-in/username', { username: 'ann2', password: PASSWORD, callbackURL: '' })
  await t.post('/sign-in/username', { username: 'ann2', password: PASSWORD, callbackURL: 'https://evil.example' })
  await t.post('/sign-in/username', { username: 'ann2', password: 'wrong password' })
  await t.post('/sign-in/email', { email: t.email('ann'), password: PASSWORD })
  await t.stores({
    name: 'sign-in-replaces-session',
    reference: { body: '{"user":1,"session":7,"account":1,"verification":0}' },
    hallpass: { body: '{"user":1,"session":5,"account":1,"verification":0}' },
  })
}

/** Names that can be nobody's, and some that just can. */
const NAMES = ['', 'ab', 'abc', 'a'.repeat(30), 'a'.repeat(31), 'a b', 'a-b', 'a@b.c', 'äöü', 'ａｄａ', 'ada\u0000', '👍👍', '...', '___', ' ada', 'ada\n', 'ſſſ']

async function names(t) {
  for (const [at, name] of NAMES.entries()) {
    await t.post('/is-username-available', { username: name })
    await t.post('/sign-in/username', { username: name, password: PASSWORD })
    await t.post('/sign-up/email', up(t, `u${at}`, { username: name }))
  }
  await t.stores()
}

async function bodies(t) {
  const browser = t.browser()
  await browser.post('/sign-up/email', up(t, 'first', { username: 'first' }))
  for (const value of [undefined, null, 7, true, [], {}, ['first']]) {
    await t.post('/is-username-available', { username: value })
    await t.post('/sign-in/username', { username: value, password: PASSWORD })
    await t.post('/sign-in/username', { username: 'first', password: value })
  }
  await t.post('/sign-in/username', { username: 'first', password: '' })
  await t.post('/sign-in/username', { username: 'first', password: 'x'.repeat(129) })
  await t.post('/sign-in/username', { username: 'nobody', password: 'x'.repeat(129) })
  await t.post('/sign-in/username', { username: 'first', password: PASSWORD, rememberMe: 'yes' })
  await t.post('/sign-in/username', { username: 'first', password: PASSWORD, callbackURL: 7 })
  await t.post('/sign-in/username', undefined, { body: 'username=first&password=x', type: 'application/x-www-form-urlencoded' })
  await t.post('/sign-in/username', undefined, { body: '{', type: 'application/json' })
  await t.post('/sign-in/username')
  await t.get('/sign-in/username')
  await t.get('/is-username-available')
  await t.post('/is-username-available')
}

async function taken(t) {
  const browser = t.browser()
  await browser.post('/sign-up/email', up(t, 'first', { username: 'first' }))
  await t.post('/is-username-available', { username: 'First' })
  await t.post('/is-username-available', { username: 'second' })
  await t.post('/sign-up/email', up(t, 'second', { username: 'FIRST' }))
  await t.post('/sign-up/email', up(t, 'first', { username: 'first' }))
  await t.post('/sign-up/email', up(t, 'first', { username: 'another' }))
  const other = t.browser()
  await other.post('/sign-up/email', up(t, 'other'))
  await other.get('/get-session')
  await other.post('/update-user', { username: 'first' })
  await other.post('/update-user', { username: 'x' })
  await other.post('/update-user', { username: 'other' })
  await other.post('/update-user', { username: 'other', name: 'O' })
  await other.post('/update-user', { displayUsername: 'first' })
  await other.get('/get-session')
  await t.post('/update-user', { username: 'first' })
  await t.post('/update-user', { username: 'free' })
  await t.post('/update-user', { username: 'x' })
  await t.stores()
}

async function displayed(t) {
  for (const [at, changes] of [
    { displayUsername: 'OnlyShown' },
    { displayUsername: 'Only Shown' },
    { displayUsername: 'onlyshown' },
    { username: 'named', displayUsername: '' },
    { username: 'Named2' },
    { username: 'named3', displayUsername: 'Näméd Three' },
  ].entries()) {
    const browser = t.browser()
    await browser.post('/sign-up/email', up(t, `u${at}`, changes))
    await browser.get('/get-session')
  }
}

async function origins(t) {
  await t.post('/sign-up/email', up(t, 'ann', { username: 'annie' }))
  const body = { username: 'annie', password: PASSWORD }
  for (const origin of [undefined, t.origin]) await t.post('/sign-in/username', body, { note: `${origin}`, headers: { origin } })
  const browser = t.browser()
  await browser.post('/sign-in/username', body)
  await browser.post('/sign-in/username', body, { note: 'foreign, with a cookie', headers: { origin: 'https://evil.example' } })
  const user = '{"name":"Ann","email":"ann.origins@example.com","emailVerified":false,"image":null,"createdAt":"<start+0s>","updatedAt":"<start+0s>","username":"annie","displayUsername":"annie","id":"<id#1>"}'
  await t.post('/sign-in/username', body, {
    note: 'foreign',
    headers: { origin: 'https://evil.example' },
    differs: {
      name: 'username-sign-in-guarded',
      reference: {
        status: 200,
        statusText: 'OK',
        cookies: ['better-auth.session_token=<signed><token#5>; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax'],
        body: `{"redirect":false,"token":"<token#5>","user":${user}}`,
      },
      hallpass: { status: 403, statusText: 'Forbidden', cookies: [], body: '{"message":"Invalid origin","code":"INVALID_ORIGIN"}' },
    },
  })
}

async function guesses(t) {
  await t.post('/sign-up/email', up(t, 'ann', { username: 'annie' }))
  for (let at = 0; at < 5; at += 1) await t.post('/sign-in/username', { username: 'annie', password: 'wrong password' })
  await t.advance(11)
  await t.post('/sign-in/username', { username: 'annie', password: PASSWORD })
}

export default [
  {
    options: username(),
    scenarios: {
      'a name from sign-up to sign-in': journey,
      'names': names,
      'bodies': bodies,
      'names that are taken': taken,
      'names that are shown': displayed,
      'origins': origins,
      'the official client': async t => {
        const { call } = t.client({ plugins: [usernameClient()] })
        await call('isUsernameAvailable', client => client.isUsernameAvailable({ username: 'client' }))
        await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD, username: 'Client', displayUsername: 'The Client' }))
        await call('isUsernameAvailable, taken', client => client.isUsernameAvailable({ username: 'client' }))
        await call('signOut', client => client.signOut())
        await call('signIn.username, wrong', client => client.signIn.username({ username: 'client', password: 'wrong password' }))
        await call('signIn.username', client => client.signIn.username({ username: 'client', password: PASSWORD }))
        await call('updateUser', client => client.updateUser({ username: 'client2' }))
        await call('getSession', client => client.getSession())
      },
    },
  },
  {
    options: username({ minUsernameLength: 5, maxUsernameLength: 8, immutableUsername: true }),
    scenarios: {
      'lengths, and names that are kept': async t => {
        for (const name of ['four', 'fives', 'eighteen', 'nineteens']) await t.post('/is-username-available', { username: name })
        const browser = t.browser()
        await browser.post('/sign-up/email', up(t, 'ann'))
        await browser.post('/update-user', { username: 'annie' })
        await browser.post('/update-user', { username: 'ANNIE' })
        await browser.post('/update-user', { username: 'other' })
        await browser.post('/update-user', { displayUsername: 'Other' })
        await browser.get('/get-session')
        await browser.post('/update-user', { username: null }, {
          differs: {
            name: 'immutable-usernames-stay',
            reference: {
              status: 200,
              statusText: 'OK',
              cookies: ['better-auth.session_token=<signed><token#1>; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax'],
              body: '{"status":true}',
            },
            hallpass: { status: 400, statusText: 'Bad Request', cookies: [], body: '{"message":"Username cannot be updated","code":"USERNAME_IS_IMMUTABLE"}' },
          },
        })
      },
    },
  },
  {
    options: username({ usernameNormalization: false, displayUsername: false }),
    scenarios: {
      'names as they are typed': async t => {
        const browser = t.browser()
        await browser.post('/sign-up/email', up(t, 'ann', { username: 'Annie' }))
        await t.post('/sign-up/email', up(t, 'ann2', { username: 'annie' }))
        await t.post('/sign-in/username', { username: 'ANNIE', password: PASSWORD })
        await t.post('/sign-in/username', { username: 'Annie', password: PASSWORD })
        await t.post('/is-username-available', { username: 'ANNIE' })
        await browser.post('/update-user', { displayUsername: 'x' })
        await t.stores()
      },
    },
  },
  {
    options: username({ validationOrder: { username: 'post-normalization' } }),
    scenarios: {
      'names judged in their form': async t => {
        await t.post('/is-username-available', { username: 'Annie' })
        await t.post('/sign-up/email', up(t, 'ann', { username: 'Annie' }))
        await t.post('/is-username-available', { username: 'ＡＮＮＩＥ' }, {
          differs: {
            name: 'usernames-in-one-form',
            reference: { status: 422, statusText: 'Unprocessable Entity', body: '{"message":"Username is invalid","code":"INVALID_USERNAME"}' },
            hallpass: { status: 200, statusText: 'OK', body: '{"available":false}' },
          },
        })
      },
    },
  },
  {
    options: username({}, { emailAndPassword: { enabled: true, requireEmailVerification: true }, emailVerification: { sendVerificationEmail: true } }),
    scenarios: {
      'an address that is not verified': async t => {
        await t.post('/sign-up/email', up(t, 'ann', { username: 'annie' }))
        await t.post('/sign-up/email', up(t, 'ann', { username: 'another' }))
        await t.post('/sign-in/username', { username: 'annie', password: 'wrong password' })
        await t.post('/sign-in/username', { username: 'annie', password: PASSWORD })
      },
    },
  },
  {
    options: username({}, { rateLimit: { enabled: true } }),
    scenarios: { 'guesses are limited': guesses },
  },
]
