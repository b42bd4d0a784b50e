import { Random } from './random.mjs'

const MINUTE = 60
const HOUR = 3600

/** What a configuration chooses of where sessions are kept. */
export const SESSION_SWITCHES = ['session.cookieCache', 'session.cookieCache.strategy', 'session.cookieCache.maxAge', 'session.cookieCache.version', 'session.cookieCache.refreshCache']

/** The options with sessions in cookies too, in some configurations. */
export function cacheSessions(options, seed) {
  // By chance of its own, so that all else is chosen as it would be without.
  const random = new Random(seed + 0x20000)
  // Of sessions in a storage alone better-auth's copies have another order (`one-order-of-fields`), in which rules could not follow.
  const isStoredAlone = options.secondaryStorage && !options.session.storeSessionInDatabase
  if (!random.chance(0.5) || isStoredAlone) return options
  const cookieCache = {
    enabled: true,
    strategy: random.pick(['compact', 'jwt', 'jwe']),
    ...random.pick([{}, { maxAge: MINUTE }, { maxAge: 20 * MINUTE }, { maxAge: HOUR }]),
    ...(random.chance(0.4) && { version: '2' }),
    // Beside a database better-auth passes it over.
    ...(random.chance(0.2) && { refreshCache: true }),
  }
  return { ...options, session: { ...options.session, cookieCache } }
}

/** What walks are planned by: the plugins, and where sessions are kept. */
export function features({ plugins, session }) {
  return [...plugins.map(({ id }) => id), ...(session.cookieCache ? ['cookie cache'] : [])]
}
