/**
 * Steps of plugins, which only walks with the plugin take (`plugin`). As `ACTIONS`.
 *
 * @type {Record<string, { plugin: string, weight: number, needs?: string, mails?: string, plan?: (random: Random, guess: object) => object, run: (world: World, step: object) => Promise<unknown> }>}
 */
export const PLUGIN_ACTIONS = {
  'sign up with a name': {
    plugin: 'username',
    weight: 5,
    plan: (random, { people }) => ({ who: random.pick([0, 1, 2]), username: random.pick(NAMES), password: random.below(3), isNew: people.size === 0 }),
    async run(world, { by, who, username, password }) {
      const person = world.people[who]
      const answer = await world.post(by, '/sign-up/email', { name: `P ${who}`, email: person.email, password: world.passwords[password], username })
      if (answer.status === 200 && !person.exists) Object.assign(person, { exists: true, password: world.passwords[password], username })
      world.signedIn(by, who, answer)
    },
  },
  'take another name': {
    plugin: 'username',
    weight: 5,
    plan: random => ({ json: random.pick([...NAMES.map(username => ({ username })), { displayUsername: 'Shown' }, { username: 'x' }, { username: 'a b' }]) }),
    async run(world, { by, json }) {
      const answer = await world.post(by, '/update-user', json)
      if (answer.status === 200 && world.people[world.who[by]]) world.people[world.who[by]].username = json.username
    },
  },
  'sign in by name': {
    plugin: 'username',
    weight: 8,
    plan: (random, guess) => ({ who: personIn(random, guess), password: random.pick(['right', 'right', 'right', 'wrong']), rememberMe: random.pick([undefined, true, false]) }),
    async run(world, { by, who, password, rememberMe }) {
      const { username = 'nobody' } = world.people[who]
      world.signedIn(by, who, await world.post(by, '/sign-in/username', { username, password: world.password(who, password), rememberMe }))
    },
  },
  'ask whether a name is free': { plugin: 'username', weight: 2, plan: random => ({ username: random.pick([...NAMES, 'x']) }), run: (world, { by, username }) => world.post(by, '/is-username-available', { username }) },

  'ask for a magic link': {
    plugin: 'magic-link',
    weight: 6,
    mails: 'magic-link',
    plan: (random, guess) => ({ who: personIn(random, guess), json: random.pick([{}, { name: 'Linked' }, { callbackURL: '/home', newUserCallbackURL: '/welcome', errorCallbackURL: '/oops' }]) }),
    run: (world, { by, who, json }) => world.post(by, '/sign-in/magic-link', { email: world.people[who].email, ...json }),
  },
  'follow a magic link': {
    plugin: 'magic-link',
    weight: 8,
    needs: 'magic-link',
    plan: random => ({ which: random.next(), to: random.pick(['mailed', 'mailed', 'nowhere']) }),
    async run(world, { by, which, to }) {
      const { path, token, to: email } = world.mail('magic-link', which)
      const answer = await world.get(by, to === 'mailed' ? path : token.map(token => `/magic-link/verify?token=${token}`))
      world.signedInAt(by, email, answer)
    },
  },

  'ask for a code': {
    plugin: 'email-otp',
    weight: 9,
    plan: (random, guess) => ({ who: personIn(random, guess), type: random.pick(['sign-in', 'sign-in', 'email-verification', 'forget-password']) }),
    run: (world, { by, who, type }) => world.post(by, '/email-otp/send-verification-otp', { email: world.people[who].email, type }),
  },
  'ask for a code to set a password': {
    plugin: 'email-otp',
    weight: 2,
    plan: (random, guess) => ({ who: personIn(random, guess), path: random.pick(['/email-otp/request-password-reset', '/forget-password/email-otp']) }),
    run: (world, { by, who, path }) => world.post(by, path, { email: world.people[who].email }),
  },
  'sign in by a code': {
    plugin: 'email-otp',
    weight: 8,
    plan: (random, guess) => ({ who: personIn(random, guess), code: whichCode(random), name: random.pick([undefined, 'Coded']) }),
    async run(world, { by, who, code, name }) {
      const mail = world.codeFor('sign-in-code', world.people[who])
      if (!mail) return
      world.signedInAt(by, mail.to, await world.post(by, '/sign-in/email-otp', { email: mail.to, otp: world.otp(mail, code), name }))
    },
  },
  'check a code': {
    plugin: 'email-otp',
    weight: 2,
    plan: (random, guess) => ({ who: personIn(random, guess), type: random.pick(['sign-in', 'email-verification', 'forget-password']), code: whichCode(random) }),
    run(world, { by, who, type, code }) {
      const mail = world.codeFor(`${type}-code`, world.people[who])
      if (!mail) return
      return world.post(by, '/email-otp/check-verification-otp', { email: mail.to, type, otp: world.otp(mail, code) })
    },
  },
  'prove an address by a code': {
    plugin: 'email-otp',
    weight: 5,
    plan: (random, guess) => ({ who: personIn(random, guess), code: whichCode(random) }),
    async run(world, { by, who, code }) {
      const mail = world.codeFor('email-verification-code', world.people[who])
      if (!mail) return
      world.signedInAt(by, mail.to, await world.post(by, '/email-otp/verify-email', { email: mail.to, otp: world.otp(mail, code) }))
    },
  },
  'set a password by a code': {
    plugin: 'email-otp',
    weight: 5,
    plan: (random, guess) => ({ who: personIn(random, guess), code: whichCode(random), to: random.below(4) }),
    async run(world, { by, who, code, to }) {
      const mail = world.codeFor('forget-password-code', world.people[who])
      if (!mail) return
      const answer = await world.post(by, '/email-otp/reset-password', { email: mail.to, otp: world.otp(mail, code), password: world.passwords[to] })
      if (answer.status === 200) world.passwordIs(who, world.passwords[to])
    },
  },
  'ask to change the address by code': {
    plugin: 'email-otp',
    weight: 3,
    run: (world, { by }) => world.post(by, '/email-otp/request-email-change', { newEmail: world.t.email(`c${world.spare++}`) }),
  },
  'change the address by code': {
    plugin: 'email-otp',
    weight: 4,
    plan: random => ({ code: whichCode(random) }),
    async run(world, { by, code }) {
      const mail = world.mail('change-email-code', 0)
      if (world.codeFor('change-email-code', { email: mail.to }) === undefined) return
      world.addressMayBe(world.who[by], mail.to)
      const answer = await world.post(by, '/email-otp/change-email', { newEmail: mail.to, otp: world.otp(mail, code) })
      if (answer.status === 200) await world.readAddresses()
    },
  },

  'make a one-time token': {
    plugin: 'one-time-token',
    weight: 6,
    async run(world, { by }) {
      const { results, status } = await world.get(by, '/one-time-token/generate')
      if (status === 200) world.once.push({ token: results.map(({ json }) => json?.token), who: world.who[by] })
    },
  },
  'use a one-time token': {
    plugin: 'one-time-token',
    weight: 7,
    plan: random => ({ which: random.next() }),
    async run(world, { by, which }) {
      const { token, who } = world.once.at(-1 - Math.floor(which ** 2 * world.once.length)) ?? { token: 'a'.repeat(32) }
      const answer = await world.post(by, '/one-time-token/verify', { token })
      if (who !== undefined) world.signedIn(by, who, answer)
    },
  },

  'list sessions of the device': { plugin: 'multi-session', weight: 5, run: (world, { by }) => world.get(by, '/multi-session/list-device-sessions') },
  'switch to a session': { plugin: 'multi-session', weight: 6, plan: random => ({ whose: random.pick(['own', 'before', 'before', 'other']) }), run: (world, { by, whose }) => world.post(by, '/multi-session/set-active', { sessionToken: world.knownToken(by, whose) }) },
  'end a session of the device': { plugin: 'multi-session', weight: 3, plan: random => ({ whose: random.pick(['own', 'before', 'before', 'other']) }), run: (world, { by, whose }) => world.post(by, '/multi-session/revoke', { sessionToken: world.knownToken(by, whose) }) },

  'sign in as nobody': {
    plugin: 'anonymous',
    weight: 7,
    async run(world, { by }) {
      const answer = await world.post(by, '/sign-in/anonymous', {})
      if (answer.status === 200) world.who[by] = NOBODY
    },
  },
  'delete nobody': { plugin: 'anonymous', weight: 3, run: (world, { by }) => world.post(by, '/delete-anonymous-user', {}) },

  'get a token': { plugin: 'jwt', weight: 6, run: (world, { by }) => world.get(by, '/token') },
  'get keys': { plugin: 'jwt', weight: 2, run: (world, { by }) => world.get(by, '/jwks') },

  'come with a bearer token': {
    plugin: 'bearer',
    weight: 9,
    plan: random => ({ form: random.pick(['bare', 'signed']), to: random.pick(['GET /get-session', 'GET /list-accounts', 'POST /update-user', 'POST /sign-out', 'POST /change-password']) }),
    run(world, { by, form, to }) {
      const value = world.browsers[by].cookie('better-auth.session_token')
      const authorization = value.map((value = 'none') => `Bearer ${form === 'signed' ? decodeURIComponent(value) : decodeURIComponent(value).split('.')[0]}`)
      const [method, path] = to.split(' ')
      const json = { '/update-user': { name: 'Borne' }, '/sign-out': {}, '/change-password': { currentPassword: world.password(world.who[by], 'wrong'), newPassword: world.passwords[0] } }[path]
      return world.t.request(method, path, { json, headers: { authorization } })
    },
  },
}

const NAMES = ['annie', 'Bob_1', 'cy.cy']

/** No number of a person: who signed in as nobody is none. */
const NOBODY = -1

function personIn(random, { people }) {
  return random.chance(0.85) && people.size > 0 ? random.pick([...people]) : random.below(4)
}

function whichCode(random) {
  return random.weighted([[8, 'mailed'], [1, 'old'], [1, 'wrong']])
}
