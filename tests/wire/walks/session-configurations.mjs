import { Random } from './random.mjs'

const MINUTE = 60
const HOUR = 3600

/** What a configuration chooses of where sessions are kept. */
export const SESSION_SWITCHES = ['database', 'session.cookieCache', 'session.cookieCache.strategy', 'session.cookieCache.maxAge', 'session.cookieCache.version', 'session.cookieCache.refreshCache']

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

/** What servers without a database have in common with others: the rest keeps something there, or changes what only memory has. */
const OF_STATELESS = ['bearer', 'last-login-method', 'custom-session', 'captcha', 'have-i-been-pwned', 'open-api']

/** The options without a database, in some configurations: sessions are in cookies alone. */
export function withoutDatabase(options, seed) {
  const random = new Random(seed + 0x30000)
  if (!random.chance(0.15)) return options
  const { secondaryStorage, verification, ...rest } = options
  const { expiresIn, updateAge, disableSessionRefresh, freshAge, deferSessionRefresh } = options.session
  const session = Object.fromEntries(Object.entries({ expiresIn, updateAge, disableSessionRefresh, freshAge, deferSessionRefresh }).filter(([, value]) => value !== undefined))
  const cookieCache = random.pick([undefined, { strategy: 'compact' }, { strategy: 'jwt' }, { version: '2' }, { maxAge: HOUR, refreshCache: { updateAge: 10 * MINUTE } }, { maxAge: HOUR, refreshCache: false }])
  return {
    ...rest,
    database: null,
    session: { ...session, ...(cookieCache && { cookieCache }) },
    // What undoes a reset or a change of address is in rows.
    emailAndPassword: { ...options.emailAndPassword, sendResetPassword: false },
    user: { deleteUser: options.user.deleteUser },
    plugins: options.plugins.filter(({ id }) => OF_STATELESS.includes(id)).map(({ storeInDatabase, ...plugin }) => plugin),
  }
}

/** What walks are planned by: the plugins, and where sessions are kept. */
export function features({ plugins, session, database }) {
  const kept = database === null ? ['cookie cache', 'stateless'] : session.cookieCache ? ['cookie cache'] : []
  return [...plugins.map(({ id }) => id), ...kept]
}
