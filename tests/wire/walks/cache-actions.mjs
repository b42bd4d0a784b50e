const DATA = 'better-auth.session_data'
/** The age of better-auth's own choice. */
const MAX_AGE = 300
const WEEK = 7 * 86_400

/**
 * Steps that a cookie with the session in it makes matter; as `PLUGIN_ACTIONS`.
 *
 * @type {Record<string, { plugin: string, weight: number, plan?: (random: Random, guess: object) => object, run: (world: World, step: object) => Promise<unknown> }>}
 */
export const CACHE_ACTIONS = {
  'look past the cache': {
    plugin: 'cookie cache',
    weight: 4,
    plan: random => ({ path: random.pick(['/get-session', '/list-accounts', '/list-sessions']) }),
    run: (world, { by, path }) => world.get(by, `${path}?disableCookieCache=true`),
  },
  'lose the cache': { plugin: 'cookie cache', weight: 3, run: (world, { by }) => world.browsers[by].drop(DATA) },
  'spoil the cache': {
    plugin: 'cookie cache',
    weight: 4,
    plan: random => ({ how: random.pick(['cut', 'changed', 'void']), at: random.next() }),
    async run(world, { by, how, at }) {
      world.browsers[by].change(DATA, value => spoilt(value, how, at))
      await world.get(by, '/get-session')
    },
  },
  'keep the cache': { plugin: 'cookie cache', weight: 2, run: (world, { by }) => void (world.cache = world.browsers[by].cookie(DATA)) },
  'go back to a kept cache': {
    plugin: 'cookie cache',
    weight: 3,
    run(world, { by }) {
      if (world.cache) world.browsers[by].change(DATA, (value, i) => world.cache.values[i] ?? value)
    },
  },
  'the cache expires': {
    plugin: 'cookie cache',
    weight: 5,
    plan: random => ({ more: random.pick([-30, 2, 30]) }),
    run(world, { more }) {
      const { session, database } = world.t.options
      const seconds = (session.cookieCache?.maxAge ?? (database === null ? (session.expiresIn ?? WEEK) : MAX_AGE)) + more
      world.now += seconds
      return world.t.advance(seconds)
    },
  },
  'another process': {
    plugin: 'stateless',
    weight: 2,
    run(world) {
      world.restarted = true
      return world.t.restart()
    },
  },
  'the last fifth': {
    plugin: 'stateless',
    weight: 4,
    async run(world, { by }) {
      const { expiresIn = WEEK, cookieCache } = world.t.options.session
      const seconds = Math.round((cookieCache?.maxAge ?? expiresIn) * 0.9)
      world.now += seconds
      await world.t.advance(seconds)
      await world.get(by, '/get-session')
    },
  },
}

/** Another text of the same alphabet: what has other characters is better-auth's own trouble (`void-cache-is-a-miss`). */
function spoilt(value, how, at) {
  if (how === 'void') return 'e30'
  if (how === 'cut') return value.slice(0, -4)
  const place = Math.floor(at * value.length)
  const other = { '.': '.', A: 'B' }[value[place]] ?? 'A'
  return value.slice(0, place) + other + value.slice(place + 1)
}
