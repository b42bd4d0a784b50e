import { DAYS } from './configurations.mjs'

const { DAY, HOUR, MINUTE } = DAYS
export const PASSWORDS = ['correct horse battery', 'wrong donkey engine', 'a third one entirely', 'short']
const WRONG = 'never anybody’s password'
const EVIL = 'https://evil.example'

/**
 * What a walk is made of. `plan` chooses, by the seed alone (`guess` is what the plan has probably come to); a step that
 * `needs` a mail comes mostly after one that `mails` it; `run` does it in a world (see World), where whatever it
 * names may be missing: a walk of which steps were left out must still be a walk. With the plugin that it is `without` it
 * is not taken.
 *
 * @type {Record<string, { weight: number, without?: string, needs?: string, mails?: string, plan?: (random: Random, guess: object) => object, run: (world: World, step: object) => Promise<unknown> }>}
 */
export const ACTIONS = {
  'sign up': {
    weight: 7,
    plan: (random, { people }) => ({ who: people.has(0) ? random.below(3) : 0, password: random.below(random.chance(0.1) ? 4 : 3), ...remember(random), ...callback(random) }),
    async run(world, { by, who, password, rememberMe, callbackURL }) {
      const person = world.people[who]
      const answer = await world.post(by, '/sign-up/email', { name: `P ${who}`, email: person.email, password: PASSWORDS[password], rememberMe, callbackURL })
      if (answer.status === 200 && !person.exists) Object.assign(person, { exists: true, password: PASSWORDS[password] })
      world.signedIn(by, who, answer)
    },
  },
  'sign in': {
    weight: 12,
    plan: (random, { people }) => ({ who: random.chance(0.8) && people.size > 0 ? random.pick([...people]) : random.below(3), password: whichPassword(random), ...remember(random), ...callback(random) }),
    async run(world, { by, who, password, rememberMe, callbackURL }) {
      const answer = await world.post(by, '/sign-in/email', { email: world.people[who].email, password: world.password(who, password), rememberMe, callbackURL })
      world.signedIn(by, who, answer)
    },
  },
  'sign out': { weight: 3, run: (world, { by }) => world.post(by, '/sign-out', {}) },
  'get session': {
    weight: 10,
    plan: random => ({ query: random.pick(['', '', '', '?disableRefresh=true', '?disableCookieCache=true', '?disableRefresh=true&disableCookieCache=true']) }),
    run: (world, { by, query }) => world.get(by, `/get-session${query}`),
  },
  'post get session': { weight: 1, without: 'custom-session', run: (world, { by }) => world.post(by, '/get-session', {}) },
  'list sessions': {
    weight: 5,
    async run(world, { by }) {
      const answer = await world.get(by, '/list-sessions')
      if (answer.status === 200) world.listed.push(...parts(answer.results.map(({ json }) => (Array.isArray(json) ? json.map(({ token }) => token) : []))))
    },
  },
  'revoke session': {
    weight: 4,
    without: 'stateless',
    plan: random => ({ which: random.next(), what: random.weighted([[6, 'listed'], [3, 'own'], [3, 'other browser’s'], [1, 'unknown']]) }),
    run(world, { by, which, what }) {
      const other = otherOf(by)
      const token = { listed: world.listed[Math.floor(which * world.listed.length)], own: world.token(by), 'other browser’s': world.token(other), unknown: 'a'.repeat(32) }[what]
      return world.post(by, '/revoke-session', { token: token ?? 'none' })
    },
  },
  'revoke sessions': { weight: 1, without: 'stateless', run: (world, { by }) => world.post(by, '/revoke-sessions', {}) },
  'revoke other sessions': { weight: 2, without: 'stateless', run: (world, { by }) => world.post(by, '/revoke-other-sessions', {}) },
  'verify password': { weight: 2, plan: random => ({ password: whichPassword(random) }), run: (world, { by, password }) => world.post(by, '/verify-password', { password: world.password(world.who[by], password) }) },
  'change password': {
    weight: 5,
    plan: random => ({ from: whichPassword(random), to: random.below(4), revokeOtherSessions: random.pick([undefined, true, true, false]) }),
    async run(world, { by, from, to, revokeOtherSessions }) {
      const answer = await world.post(by, '/change-password', { currentPassword: world.password(world.who[by], from), newPassword: PASSWORDS[to], ...(!world.isStateless && { revokeOtherSessions }) })
      if (answer.status === 200) world.passwordIs(world.who[by], PASSWORDS[to])
    },
  },
  'update user': {
    weight: 5,
    plan: random => ({
      json: random.weighted([
        [4, { name: `Name ${random.below(9)}` }],
        [2, { image: random.pick([null, 'https://example.com/x.png', '']) }],
        [2, { name: 'Both', image: `/${random.below(9)}.png` }],
        [1, {}],
        [1, { emailVerified: true, role: 'admin' }],
        [1, { email: 'new@example.com' }],
        [2, { nickName: random.pick([`Nick ${random.below(9)}`, null]), ...(random.chance(0.3) ? { level: random.below(9) } : {}) }],
        [1, random.pick([{ note: 'not shown' }, { role: 'owner' }, { level: 2 }])],
        [1, { name: random.pick([1, null, {}, true]) }],
        [1, { image: random.pick([1, {}, false, []]) }],
      ]),
    }),
    // Where better-auth breaks, it gives no token in a header for the session that it kept alive.
    // What hallpass refuses and better-auth does not, nothing could take back where there are no rows.
    run: (world, { by, json }) => (world.isStateless && ['name', 'image'].some(field => json[field] !== undefined && typeof json[field] !== 'string') ? undefined : Object.values(json).some(value => value !== null && typeof value === 'object' || json.name === null) && world.t.plugin('one-time-token')?.setOttHeaderOnNewSession ? undefined : world.post(by, '/update-user', json)),
  },
  'list accounts': { weight: 2, run: (world, { by }) => world.get(by, '/list-accounts') },
  'delete user': {
    weight: 3,
    mails: 'delete-account',
    plan: random => ({ password: random.pick(['none', 'none', 'right', 'right', 'wrong']), ...callback(random) }),
    async run(world, { by, password, callbackURL }) {
      const who = world.who[by]
      const answer = await world.post(by, '/delete-user', { password: password === 'none' ? undefined : world.password(who, password), callbackURL })
      if (answer.status === 200 && answer.trace.body?.includes('User deleted')) world.gone(who)
    },
  },
  'request password reset': {
    weight: 5,
    mails: 'reset-password',
    plan: (random, { people }) => ({ who: random.chance(0.7) && people.size > 0 ? random.pick([...people]) : random.below(4), redirectTo: random.pick([undefined, '/new-password', '/new-password?x=1', EVIL]) }),
    run: (world, { by, who, redirectTo }) => world.post(by, '/request-password-reset', { email: world.people[who].email, redirectTo }),
  },
  'follow a reset link': {
    weight: 3,
    needs: 'reset-password',
    plan: random => ({ which: random.next(), to: random.pick(['mailed', 'mailed', '/elsewhere', EVIL]) }),
    run(world, { by, which, to }) {
      const mail = world.mail('reset-password', which)
      const path = to === 'mailed' ? mail.path : mail.token.map(token => `/reset-password/${token}?callbackURL=${encodeURIComponent(to)}`)
      return world.get(by, path)
    },
  },
  'reset password': {
    weight: 6,
    needs: 'reset-password',
    plan: random => ({ which: random.next(), to: random.below(4), place: random.pick(['body', 'body', 'query']) }),
    async run(world, { by, which, to, place }) {
      const mail = world.mail('reset-password', which)
      const path = place === 'query' ? mail.token.map(token => `/reset-password?token=${token}`) : '/reset-password'
      const answer = await world.post(by, path, { newPassword: PASSWORDS[to], ...(place === 'body' ? { token: mail.token } : {}) })
      if (answer.status === 200) world.passwordIs(world.people.findIndex(({ email }) => email === mail.to), PASSWORDS[to])
    },
  },
  'ask for proof of an address': {
    weight: 4,
    mails: 'verify-email',
    plan: (random, { people }) => ({ who: random.chance(0.8) && people.size > 0 ? random.pick([...people]) : random.below(4), ...callback(random) }),
    run: (world, { by, who, callbackURL }) => world.post(by, '/send-verification-email', { email: world.people[who].email, callbackURL }),
  },
  'change address': {
    weight: 4,
    mails: 'verify-email',
    plan: random => ({ to: random.pick(['new', 'new', 'new', 'somebody’s', 'own']), which: random.below(3), ...callback(random) }),
    async run(world, { by, to, which, callbackURL }) {
      const newEmail = { new: world.t.email(`n${world.spare++}`), 'somebody’s': world.people[which].email, own: world.people[world.who[by]]?.email ?? 'nobody@example.com' }[to]
      const answer = await world.post(by, '/change-email', { newEmail, callbackURL })
      if (answer.status === 200) world.addressMayBe(world.who[by], newEmail)
    },
  },
  'follow a link about an address': {
    weight: 7,
    needs: 'verify-email',
    plan: random => ({ which: random.next(), kind: random.pick(['verify-email', 'verify-email', 'change-email']), to: random.weighted([[5, 'mailed'], [2, 'nowhere'], [1, 'spoilt']]) }),
    async run(world, { by, which, kind, to }) {
      const { path, token } = world.mail(kind, which)
      const answer = await world.get(by, { mailed: path, nowhere: token.map(token => `/verify-email?token=${token}`), spoilt: '/verify-email?token=x&callbackURL=/x' }[to])
      if (answer.status < 400) await world.readAddresses()
    },
  },
  'leave by mail': {
    weight: 2,
    async run(world, { by }) {
      const who = world.who[by]
      await world.post(by, '/delete-user', { callbackURL: '/bye' })
      await world.look()
      const answer = await world.get(by, world.mail('delete-account', 0).path)
      if (answer.status < 400) world.gone(who)
    },
  },
  'follow a link to leave': {
    weight: 2,
    needs: 'delete-account',
    plan: random => ({ which: random.next(), to: random.pick(['mailed', 'mailed', 'nowhere', 'posted']) }),
    async run(world, { by, which, to }) {
      const { path, token } = world.mail('delete-account', which)
      const answer = await (to === 'posted' ? world.post(by, '/delete-user', { token }) : world.get(by, to === 'mailed' ? path : token.map(token => `/delete-user/callback?token=${token}`)))
      if (answer.status < 400 && !/error=/.test(answer.trace.headers.location)) world.gone(world.who[by])
    },
  },
  'link another account': {
    weight: 2,
    run(world, { by }) {
      const { email } = world.people[world.who[by]] ?? {}
      if (email) world.t.linkAccount(email, 'github')
    },
  },
  'unlink account': {
    weight: 3,
    plan: random => ({ whose: random.pick(['own', 'own', 'own', 'other']), which: random.below(2) }),
    async run(world, { by, whose, which }) {
      const { results } = await world.get(whose === 'own' ? by : otherOf(by), '/list-accounts')
      return world.post(by, '/unlink-account', { accountId: results.map(({ json }) => json?.[which]?.id ?? json?.[0]?.id ?? 'none') })
    },
  },
  'update session': { weight: 3, plan: random => ({ json: random.pick([{}, { x: 'y' }, { userId: 'x', token: 'x' }, { theme: 'dark' }, { theme: null }, { theme: 'light', step: 2.5 }, { step: random.below(9) }, { origin: 'x' }]) }), run: (world, { by, json }) => world.post(by, '/update-session', json) },
  'come from another site': {
    weight: 2,
    plan: random => ({ origin: random.pick([EVIL, 'null', null]), path: random.pick(['/sign-out', '/update-user', '/revoke-sessions', '/change-password', '/delete-user', '/sign-in/email', '/request-password-reset']) }),
    run: (world, { by, origin, path }) => world.isStateless && path === '/revoke-sessions' ? undefined : world.browsers[by].post(path, { name: 'Evil', email: world.people[0].email, password: WRONG }, { headers: { origin } }),
  },
  'drop cookies': {
    weight: 2,
    plan: random => ({ cookie: random.pick(['session_token', 'session_token', 'dont_remember', 'session_data']) }),
    run: (world, { by, cookie }) => world.browsers[by].drop(`better-auth.${cookie}`),
  },
  'steal cookies': {
    weight: 3,
    run(world, { by }) {
      const other = otherOf(by)
      world.browsers[by].jars = world.browsers[other].jars
      world.who[by] = world.who[other]
    },
  },
  'mix in a cookie of the other': {
    weight: 1,
    plan: random => ({ cookie: random.pick(['session_token', 'dont_remember', 'session_data']) }),
    run(world, { by, cookie }) {
      world.browsers[by].take(`better-auth.${cookie}`, world.browsers[otherOf(by)])
    },
  },
  'keep cookies': { weight: 3, run: (world, { by }) => void world.kept.push({ jars: world.browsers[by].jars, who: world.who[by] }) },
  'go back to kept cookies': {
    weight: 2,
    plan: random => ({ which: random.next() }),
    run(world, { by, which }) {
      const kept = world.kept[Math.floor(which * world.kept.length)]
      if (!kept) return
      world.browsers[by].jars = kept.jars
      world.who[by] = kept.who
    },
  },
  'time passes': {
    weight: 9,
    plan: random => ({ seconds: random.weighted([[4, MINUTE], [4, 6 * MINUTE], [3, 25 * MINUTE], [3, HOUR + MINUTE], [3, 13 * HOUR], [2, DAY + MINUTE], [1, 3 * DAY], [1, 8 * DAY]]) }),
    run(world, { seconds }) {
      world.now += seconds
      return world.t.advance(seconds)
    },
  },
}

function otherOf(by) {
  return by === 'A' ? 'B' : 'A'
}

function whichPassword(random) {
  return random.weighted([[6, 'right'], [1, 'old'], [1, 'wrong']])
}

function remember(random) {
  return { rememberMe: random.pick([undefined, undefined, true, false, false]) }
}

function callback(random) {
  return { callbackURL: random.weighted([[8, undefined], [2, '/next'], [1, EVIL]]) }
}

/** The items of a list that each server has its own of, one by one. */
function parts(both) {
  const length = Math.min(...both.values.map(list => list.length))
  return Array.from({ length }, (_, i) => both.map(list => list[i]))
}
