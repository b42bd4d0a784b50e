const LIST = 'active-sessions-'
const REVOKED = 'revoked-sessions-before-'
const VERIFICATION = 'verification:'
/** better-auth has entries forgotten after whole seconds, so up to this much before their time. */
const WHOLE_MS = 1000

/**
 * The entries of a secondary storage by what they are, with their values read: sessions under their tokens, the list of
 * each user's sessions, the moments before which a user's sessions are void, and verifications.
 *
 * @param {Record<string, { value: string, expiresAt: number | null }>} entries as the control port gives them
 */
export function byKind(entries) {
  const kinds = { sessions: [], lists: [], revocations: [], verifications: [] }
  for (const [key, { value: text, expiresAt }] of Object.entries(entries)) {
    // Counts of requests.
    if (key.includes('|')) continue
    const value = JSON.parse(text)
    if (key.startsWith(LIST)) kinds.lists.push({ key, userId: key.slice(LIST.length), value, expiresAt })
    else if (key.startsWith(REVOKED)) kinds.revocations.push({ key, userId: key.slice(REVOKED.length), value, expiresAt })
    else if (key.startsWith(VERIFICATION)) kinds.verifications.push({ key, value, expiresAt })
    else if (value?.session) kinds.sessions.push({ key, value, expiresAt })
    else throw new Error(`an entry of no known kind: ${key}`)
  }
  // In one order on every server, or what is seen first would have another name.
  kinds.sessions.sort((one, other) => ms(one.value.session.createdAt) - ms(other.value.session.createdAt))
  kinds.verifications.sort((one, other) => ms(one.value.createdAt) - ms(other.value.createdAt))
  return kinds
}

/** What is shown of a secondary storage at the moment `now`, as rows of tables; `isGood` says of verifications whether somebody could still use them. */
export function storedRows(entries, now, isGood, visible) {
  const { sessions, lists, revocations, verifications } = byKind(entries)
  const lives = expiresAt => ms(expiresAt) >= now + WHOLE_MS
  const named = new Map(sessions.map(({ key, value: { session } }) => [key, session.createdAt]))
  return {
    'stored sessions': sessions
      .filter(({ value: { session } }) => lives(session.expiresAt))
      .map(({ key, value: { session, user }, expiresAt }) => ({ session: visible(session), user: visible(user), forgotten: when(expiresAt, session.expiresAt), ...(key !== session.token && { key: 'not its token' }) })),
    'stored lists': lists
      .filter(({ value }) => value.some(({ expiresAt }) => lives(expiresAt)))
      .map(({ userId, value, expiresAt }) => ({
        userId,
        // By when they began: tokens are hashed on one side.
        sessions: value.filter(({ expiresAt }) => lives(expiresAt)).map(({ token, expiresAt }) => ({ createdAt: named.get(token) ?? 'none', expiresAt: iso(expiresAt) })),
        forgotten: when(expiresAt, Math.max(...value.map(({ expiresAt }) => expiresAt))),
      })),
    'stored revocations': revocations.map(({ userId, value, expiresAt }) => ({ userId, revokedAt: iso(value), forgotten: `after ${(expiresAt - value) / 1000} s` })),
    'stored verifications': verifications
      .filter(({ value }) => lives(value.expiresAt) && isGood(value))
      // Without a database better-auth leaves out the id, which nobody reads.
      .map(({ value: { id, ...value }, expiresAt }) => ({ ...visible(value), forgotten: when(expiresAt, value.expiresAt) })),
  }
}

/** When an entry is forgotten, by when what it holds expires. */
function when(forgottenAt, expiresAt) {
  const early = ms(expiresAt) - forgottenAt
  return early >= 0 && early < WHOLE_MS ? 'when it expires' : `${early / 1000} s before it expires`
}

const ms = time => new Date(time).getTime()
const iso = time => new Date(time).toISOString()
