import { storedRows } from './stored.mjs'

/** What of a row is secret or hashed on one side alone. */
const UNSEEN = new Set(['token', 'password', 'identifier', 'value'])

/** What of the database a scenario records: the rows of its users, and the verifications that somebody could still use. */
export class RowsView {
  #before = {}
  /** When each user's password was last set, whether it is there still or was taken away. */
  #passwordsSet = new Map()
  /** When each user's password was last set by mail, and whether one was since the last look. */
  #resetAt = new Map()
  #resets = false

  /** Takes note that a password was set by mail. */
  noteReset() {
    this.#resets = true
  }

  /**
   * The rows of `users`, whose addresses are like `address`, and the verifications that were issued in the `span`, by table; so
   * of the `entries` of a secondary storage. `keepsEnded`: the rows of sessions that have ended are kept, and seen.
   */
  read(database, users, address, { from, to }, { signsUp, keepsEnded, entries }) {
    const [begun, now] = [from, to].map(moment => new Date(moment).toISOString())
    const has = table => database.prepare('select 1 from sqlite_master where name = ?').get(table) !== undefined
    // better-auth makes no table for what is in a secondary storage alone.
    const select = (table, text, ...values) => (has(table) ? database.prepare(text).all(...values) : [])
    const ofUsers = (table, also = '') =>
      select(table, `select own.* from ${table} own join user on user.id = own.userId where user.email like ? ${also} order by own.createdAt`, address)
    const accounts = ofUsers('account')
    for (const { userId, providerId, updatedAt } of accounts) {
      if (providerId !== 'credential') continue
      if (this.#resets && this.#passwordsSet.get(userId) !== updatedAt) this.#resetAt.set(userId, updatedAt)
      this.#passwordsSet.set(userId, updatedAt)
    }
    this.#resets = false
    const isOf = (verification, newer) => isGood(verification, users, this.#resetAt) && !isVoidCode(verification, newer, users, signsUp)
    const issued = select('verification', 'select * from verification where expiresAt > ? and createdAt >= ? order by createdAt, expiresAt', now, begun)
    // What has ended may have had no name on one side: when it began is enough.
    const ended = ({ id, ...row }) => (row.expiresAt > now ? { id, ...row } : row)
    return {
      users,
      accounts,
      sessions: ofUsers('session', keepsEnded ? '' : `and own.expiresAt > '${now}'`).map(ended),
      verifications: issued.filter((verification, at) => isOf(verification, issued.slice(at + 1))),
      ...(entries && storedRows(entries, to, verification => isOf(verification, []), visible)),
    }
  }

  /** How each table has changed since the last look, if it has; `shown` makes of a row what is recorded. */
  changes(tables, shown) {
    const changes = Object.entries(tables).map(([table, rows]) => {
      const seen = rows.map(row => JSON.stringify(shown(visible(row))))
      const before = this.#before[table] ?? []
      this.#before[table] = seen
      const changed = [...before.filter(row => !seen.includes(row)).map(row => `- ${row}`), ...seen.filter(row => !before.includes(row)).map(row => `+ ${row}`)]
      return [table, changed.length > 0 ? changed.sort().join('\n') : undefined]
    })
    return Object.fromEntries(changes)
  }
}

/** How many rows each table has, without notes of when a password was set by mail. */
export async function rowsOf(server) {
  const rows = await server.control('GET', '/stores')
  const { database } = server
  if (!database?.prepare(`select 1 from sqlite_master where name = 'verification'`).get()) return rows
  const notes = database.prepare(`select count(*) as count from verification where identifier like 'password-reset-at:%'`).get().count
  return { ...rows, verification: rows.verification - notes }
}

/** Whether a request sets a password by mail: by a link or by a code. */
export const setsByMail = (method, path) => method === 'POST' && path.split('?')[0].endsWith('/reset-password')

/**
 * Whether somebody could still use a token: hallpass leaves rows that are void, those of nobody and, for setting a password,
 * those of before it was set by mail or the address changed.
 */
function isGood({ identifier, value, createdAt }, users, resetAt) {
  // Notes that are no tokens.
  if (/^(password-reset-at|anonymous-link):/.test(identifier)) return false
  if (!/^(reset-password:|delete-account-)/.test(identifier)) return true
  let id = value
  let email
  if (value.startsWith('{')) ({ user: id = value, email } = JSON.parse(value))
  const user = users.find(user => user.id === id)
  const isReset = identifier.startsWith('reset-password:')
  if (!user || (isReset && email && email !== user.email)) return false
  return !(isReset && createdAt < (resetAt.get(id) ?? ''))
}

/** A row of a mailed code: what for, and whose. */
function codeIn({ identifier = '' }) {
  const [, purpose, email] = /^(.+)-otp-(.*)$/.exec(identifier) ?? []
  return email && { purpose, email }
}

/**
 * Whether a mailed code is void: there is a newer one for the same, or nobody had the address, to whom hallpass writes a code
 * all the same (`codes-cost-alike`).
 */
function isVoidCode(row, newer, users, signsUp) {
  const { purpose, email } = codeIn(row) ?? {}
  if (email === undefined) return false
  const isOfSomebody = purpose === 'change-email' || (purpose === 'sign-in' && signsUp) || users.some(user => user.email === email && user.createdAt <= row.createdAt)
  return !isOfSomebody || newer.some(({ identifier }) => identifier === row.identifier)
}

/** What of a row both servers write alike. */
function visible(row) {
  // better-auth writes a code anew after each guess at it.
  if (codeIn(row)) return { expiresAt: row.expiresAt }
  return Object.fromEntries(Object.entries(row).filter(([column, value]) => value !== null && !UNSEEN.has(column)).sort())
}
