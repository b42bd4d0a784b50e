import { DEFAULTS, PASSWORD } from '../harness/options.mjs'

const DAY = 86_400
const SECONDARY = { ...DEFAULTS, secondaryStorage: 'memory', user: { deleteUser: { enabled: true } } }
const withSession = session => ({ ...SECONDARY, session })

async function both(t) {
  await t.secondary()
  await t.stores()
}

const cleared = ['session_token', 'session_data', 'dont_remember'].map(name => `better-auth.${name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`)
const notFound = {
  name: 'entries-are-no-sessions',
  reference: { status: 500, statusText: 'Internal Server Error', cookies: [], body: '{"message":"Failed to get session","code":"FAILED_TO_GET_SESSION"}' },
  hallpass: { status: 200, statusText: 'OK', cookies: cleared, body: 'null' },
}

/** What a session has not. */
const missing = {
  'an additional field of the session that was never set': async t => {
    const browser = await t.signedUp('user', { image: 'https://example.com/a.png' })
    const user = `"user":{"createdAt":"<start+0s>","email":"${t.email()}","emailVerified":false,"id":"<id#1>","image":"https://example.com/a.png","name":"Ann","updatedAt":"<start+0s>"}`
    const shown = theme => `{"session":{"createdAt":"<start+0s>","expiresAt":"<start+604800s>","id":"<id#2>","ipAddress":"203.0.113.9",${theme}"token":"<token#1>","updatedAt":"<start+0s>","userAgent":"wire/1","userId":"<id#1>"},${user}}`
    await browser.get('/get-session', { differs: { name: 'absent-is-null', reference: { body: shown('') }, hallpass: { body: shown('"theme":null,') } } })
  },
}

/** What is the same wherever sessions are kept. */
const everywhere = {
  'a session is stored with its user and in the list': async t => {
    await t.signedUp('user', { image: 'https://example.com/a.png' })
    await both(t)
  },

  'two users have lists of their own': async t => {
    await t.signedUp()
    await t.signedUp('other')
    await t.secondary()
  },

  'one who is not to be remembered is kept for a day': async t => {
    const browser = await t.signedUp('user', { rememberMe: false })
    await t.secondary()
    await t.advance(DAY - 120)
    await browser.get('/get-session')
    await t.advance(180)
    await browser.get('/get-session')
    await both(t)
  },

  'a session that is used lives on, in the list too': async t => {
    const browser = await t.signedUp()
    await t.advance(DAY - 120)
    await browser.get('/get-session')
    await t.secondary({ note: 'too young' })
    await t.advance(240)
    await browser.get('/get-session')
    await t.secondary({ note: 'refreshed' })
    await t.advance(7 * DAY - 60)
    await browser.get('/get-session')
    await t.secondary({ note: 'refreshed again' })
  },

  'what expires is forgotten, and the list with it': async t => {
    const browser = await t.signedUp()
    await t.advance(7 * DAY + 60)
    await t.secondary()
    await browser.get('/get-session')
    await t.secondary()
  },

  'what expired leaves the list at the next sign-in': async t => {
    await t.signedUp('user', { rememberMe: false })
    await t.advance(DAY + 60)
    await t.secondary({ note: 'expired' })
    await t.signedIn()
    await t.secondary({ note: 'signed in' })
  },

  'a sign-out leaves nothing': async t => {
    const browser = await t.signedUp()
    await browser.post('/sign-out')
    await both(t)
    await browser.get('/get-session')
  },

  'a sign-out leaves the other session': async t => {
    const one = await t.signedUp()
    const two = await t.signedIn()
    await one.post('/sign-out')
    await both(t)
    await one.get('/get-session')
    await two.get('/get-session')
  },

  'a user who changes is renewed in every session': async t => {
    const one = await t.signedUp()
    const two = await t.signedIn()
    await one.post('/update-user', { name: 'Ann of Green Gables', image: 'https://example.com/b.png' })
    await t.secondary()
    await two.get('/get-session')
    await two.post('/update-user', { image: null })
    await t.secondary()
    await one.get('/get-session')
  },

  'all sessions are ended, and void from then on': async t => {
    const one = await t.signedUp()
    const two = await t.signedIn()
    await one.post('/revoke-sessions')
    await both(t)
    await one.get('/get-session')
    await two.get('/get-session')
    await t.signedIn()
    await both(t)
  },

  'the other sessions are ended': async t => {
    // One other: of several, better-auth leaves all but the last in the list.
    const one = await t.signedUp()
    const two = await t.signedIn()
    await two.post('/revoke-other-sessions')
    await both(t)
    for (const browser of [one, two]) await browser.get('/get-session')
  },

  'a session is ended by its token': async t => {
    const one = await t.signedUp()
    const token = one.sessionToken
    const two = await t.signedIn()
    await two.post('/revoke-session', { token })
    await both(t)
    await one.get('/get-session')
  },

  'another\'s session is not ended': async t => {
    const ann = await t.signedUp()
    const token = ann.sessionToken
    const bob = await t.signedUp('bob')
    await bob.post('/revoke-session', { token })
    await both(t)
    await ann.get('/get-session')
  },

  'a changed password ends the others': async t => {
    const one = await t.signedUp()
    const two = await t.signedIn()
    await one.post('/change-password', { currentPassword: PASSWORD, newPassword: 'another password', revokeOtherSessions: true })
    await both(t)
    await one.get('/get-session')
    await two.get('/get-session')
  },

  'sessions are listed': async t => {
    const one = await t.signedUp()
    await one.get('/list-sessions')
    await t.advance(300)
    await one.post('/sign-out')
    await one.get('/list-sessions')
    const two = await t.signedIn()
    await two.get('/list-sessions')
  },

  'a deleted user takes every session along': async t => {
    const one = await t.signedUp()
    const two = await t.signedIn()
    await one.post('/delete-user', { password: PASSWORD })
    await both(t)
    await one.get('/get-session')
    await two.get('/get-session')
  },
}

const resets = {
  'a reset is taken once': async t => {
    await t.signedUp()
    await t.post('/request-password-reset', { email: t.email(), redirectTo: '/new-password' })
    const [{ token }] = await t.outbox()
    await t.secondary({ note: 'requested' })
    await t.stores()
    for (let i = 0; i < 2; i++) {
      await t.get(`/reset-password/${token}?callbackURL=%2Fnew-password`)
      await t.post('/reset-password', { newPassword: 'another password', token })
    }
    await t.secondary({ note: 'reset' })
    await t.stores()
  },

  'a reset is forgotten when it expires': async t => {
    await t.signedUp()
    await t.post('/request-password-reset', { email: t.email(), redirectTo: '/new-password' })
    const [{ token }] = await t.outbox()
    await t.advance(3660)
    await t.secondary()
    await t.post('/reset-password', { newPassword: 'another password', token })
  },
}

const decided = {
  'a storage that is put back to before a sign-out signs nobody in': async t => {
    const browser = await t.signedUp()
    const cookie = `better-auth.session_token=${t.sign(browser.sessionToken)}`
    const before = await t.stored()
    await browser.post('/sign-out')
    await t.store(before)
    const user = `"user":{"name":"Ann","email":"${t.email()}","emailVerified":false,"image":null,"createdAt":"<start+0s>","updatedAt":"<start+0s>","id":"<id#1>"}`
    const session = '"session":{"expiresAt":"<start+604800s>","token":"<token#1>","createdAt":"<start+0s>","updatedAt":"<start+0s>","ipAddress":"203.0.113.9","userAgent":"wire/1","userId":"<id#1>","id":"<id#2>"}'
    await t.get('/get-session', {
      headers: { cookie },
      differs: { name: 'database-decides', reference: { cookies: [], body: `{${session},${user}}` }, hallpass: { cookies: cleared, body: 'null' } },
    })
  },
}

const resetting = options => ({ ...options, emailAndPassword: { enabled: true, sendResetPassword: true, revokeSessionsOnPasswordReset: false } })

/** Shown once: better-auth's answers are alike. */
const named = {
  'names of other entries are no tokens': async t => {
    const browser = await t.signedUp()
    const { json } = await browser.get('/get-session')
    for (const token of [`active-sessions-${json.user.id}`, `revoked-sessions-before-${json.user.id}`, 'verification:x']) {
      const differs = token.startsWith('active') ? notFound : undefined
      await t.get('/get-session', { headers: { cookie: `better-auth.session_token=${t.sign(token)}` }, note: token.split('-')[0], differs })
      await t.post('/sign-out', undefined, { headers: { cookie: `better-auth.session_token=${t.sign(token)}`, origin: t.origin }, note: token.split('-')[0] })
    }
    await browser.get('/get-session')
    await t.secondary()
  },
}

export default [
  { options: withSession({ additionalFields: { theme: { type: 'string', required: false } } }), keysInAnyOrder: true, scenarios: missing },
  { options: SECONDARY, keysInAnyOrder: true, scenarios: everywhere },
  {
    options: SECONDARY,
    scenarios: {
      'a session is shown in the order of the schema': async t => {
        const browser = await t.signedUp()
        const user = `{"name":"Ann","email":"${t.email()}","emailVerified":false,"image":null,"createdAt":"<start+0s>","updatedAt":"<start+0s>","id":"<id#1>"}`
        const begin = '"expiresAt":"<start+604800s>"'
        const times = '"createdAt":"<start+0s>","updatedAt":"<start+0s>"'
        const client = '"ipAddress":"203.0.113.9","userAgent":"wire/1"'
        await browser.get('/get-session', {
          differs: {
            name: 'one-order-of-fields',
            reference: { body: `{"session":{"id":"<id#2>",${client},${begin},"userId":"<id#1>","token":"<token#1>",${times}},"user":${user}}` },
            hallpass: { body: `{"session":{${begin},"token":"<token#1>",${times},${client},"userId":"<id#1>","id":"<id#2>"},"user":${user}}` },
          },
        })
      },
    },
  },
  { options: SECONDARY, plainTokens: true, keysInAnyOrder: true, scenarios: everywhere },
  { options: withSession({ storeSessionInDatabase: true }), scenarios: { ...everywhere, ...decided } },
  { options: withSession({ storeSessionInDatabase: true, preserveSessionInDatabase: true }), scenarios: { ...everywhere, ...named } },
  {
    options: { ...SECONDARY, rateLimit: { enabled: true, window: 60, max: 3, customRules: { '/sign-out': { window: 10, max: 2 } } } },
    scenarios: {
      'requests are counted in the storage': async t => {
        for (let i = 0; i < 4; i++) await t.get('/get-session')
        await t.get('/ok')
        for (let i = 0; i < 3; i++) await t.post('/sign-out', undefined, { headers: { origin: t.origin } })
        await t.secondary()
        await t.advance(30)
        const differs = { name: 'rate-limit-fixed-window', reference: { headers: { 'x-retry-after': '60' } }, hallpass: { headers: { 'x-retry-after': '30' } } }
        await t.get('/get-session', { differs })
        await t.secondary()
        await t.advance(40)
        await t.get('/get-session')
        await t.secondary()
      },
    },
  },
  {
    options: { ...SECONDARY, rateLimit: { enabled: true, window: 60, max: 3, storage: 'memory' } },
    scenarios: {
      'requests are counted elsewhere': async t => {
        for (let i = 0; i < 4; i++) await t.get('/get-session')
        await t.secondary()
      },
    },
  },
  { options: resetting(SECONDARY), plainTokens: true, scenarios: resets },
  { options: { ...resetting(SECONDARY), verification: { storeInDatabase: true } }, plainTokens: true, scenarios: resets },
]
