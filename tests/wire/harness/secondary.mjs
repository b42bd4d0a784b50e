const LIST = 'active-sessions-'
const REVOKED = 'revoked-sessions-before-'
const VERIFICATION = 'verification:'
/** hallpass's note of when a password was set by mail. */
const NOTE = `${VERIFICATION}password-reset-at:`

/**
 * The entries of a secondary storage in a form that can be compared with another server's: in an order of their own,
 * sessions by their number instead of their token, which one server has hashed, and times as texts.
 */
export class SecondaryView {
  #before = {}
  #sessions = new Map()

  /** What was there before is not shown. */
  ignore(entries) {
    this.#before = entries
  }

  /** @param {Record<string, { value: string, expiresAt: number | null }>} entries as the control port gives them */
  show(entries) {
    const read = Object.entries(entries)
      .filter(([key, { value }]) => this.#before[key]?.value !== value && !key.startsWith(NOTE))
      .map(([key, { value, expiresAt }]) => ({ key, value: parse(value), expiresAt: expiresAt === null ? null : iso(expiresAt) }))
    const sessions = read.filter(({ value }) => value?.session).sort((a, b) => compare(a.value.session.createdAt, b.value.session.createdAt))
    for (const { key } of sessions) this.#number(key)
    // Of two users' lists, the one whose sessions were seen first.
    const lists = named(read, LIST).map(list => ({ ...list, value: list.value.map(({ token, expiresAt, ...rest }) => ({ token: this.#number(token), expiresAt: iso(expiresAt), ...rest })) }))
    const shown = [
      ...sessions.map(({ key, value: { session, user, ...rest }, expiresAt }) => ({
        key: this.#number(key),
        expiresAt,
        value: { session: { ...sorted(session), token: this.#number(session.token) }, user: sorted(user), ...rest },
      })),
      ...lists.sort((a, b) => compare(a.value[0].token, b.value[0].token)).map(list => ({ key: LIST, ...list })),
      ...named(read, REVOKED).map(entry => ({ key: REVOKED, ...entry, value: { revokedAt: iso(entry.value) } })),
      // Without a database better-auth leaves out the id, which nobody reads.
      ...read.filter(({ key }) => key.startsWith(VERIFICATION)).map(({ key, value: { id, ...value }, expiresAt }) => ({ key, expiresAt, value: sorted(value) })),
      ...read.filter(({ key }) => key.includes('|')),
    ]
    if (shown.length !== read.length) throw new Error(`entries of no known kind among ${Object.keys(entries)}`)
    return shown
  }

  #number(token) {
    if (!this.#sessions.has(token)) this.#sessions.set(token, `<session#${this.#sessions.size + 1}>`)
    return this.#sessions.get(token)
  }
}

function named(entries, prefix) {
  return entries.filter(({ key }) => key.startsWith(prefix)).map(({ key, ...entry }) => ({ userId: key.slice(prefix.length), ...entry }))
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function sorted(object) {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => compare(a, b)))
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0
}

function iso(ms) {
  return new Date(ms).toISOString()
}
