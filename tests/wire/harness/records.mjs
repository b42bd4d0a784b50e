import { byKind } from './stored.mjs'

// What better-auth keeps of sessions and verifications, and rules change: rows of its database, entries of its secondary
// storage, or both. `reference` is its side of a scenario.

const DAY = 86_400

/** A table's rows, in the order in which they came; of a table that is not there none. */
export function rowsOf(database, table) {
  return database?.prepare('select 1 from sqlite_master where name = ?').get(table) ? database.prepare(`select * from ${table} order by rowid`).all() : []
}

/** Its sessions; of one that is in both, what the storage says. */
export async function sessionsOf(reference) {
  const entries = await reference.stored()
  const stored = entries ? byKind(entries).sessions.map(({ value }) => value.session) : []
  const tokens = new Set(stored.map(({ token }) => token))
  return [...stored, ...rowsOf(reference.database, 'session').filter(({ token }) => !tokens.has(token))]
}

/** Sets times of a session; whether it was there. */
export async function changeSession(reference, token, { expiresAt, updatedAt }) {
  const rows = rowsOf(reference.database, 'session').filter(row => row.token === token)
  for (const row of rows) reference.database.prepare('update session set expiresAt = ?, updatedAt = ? where id = ?').run(expiresAt ?? row.expiresAt, updatedAt ?? row.updatedAt, row.id)
  const entries = await reference.stored()
  if (!entries?.[token]) return rows.length > 0
  const { session, user } = JSON.parse(entries[token].value)
  Object.assign(session, { ...(expiresAt && { expiresAt }), ...(updatedAt && { updatedAt }) })
  const forgottenAt = Date.parse(session.expiresAt)
  entries[token] = { value: JSON.stringify({ session, user }), expiresAt: forgottenAt }
  setList(entries, session.userId, list => list.map(one => (one.token === token ? { token, expiresAt: forgottenAt } : one)))
  await reference.store(entries)
  return true
}

/** Ends every session of a user; how many there were. */
export async function endSessions(reference, userId) {
  const rows = rowsOf(reference.database, 'session').filter(row => row.userId === userId)
  const { now, options } = reference
  const end = options.secondaryStorage && options.session?.preserveSessionInDatabase ? 'update session set expiresAt = @now, updatedAt = @now where id = @id and expiresAt > @now' : 'delete from session where id = @id'
  for (const { id } of rows) reference.database.prepare(end).run({ id, now: new Date(now).toISOString() })
  const entries = await reference.stored()
  if (!entries) return rows.length
  const stored = byKind(entries).sessions.filter(({ value }) => value.session.userId === userId)
  for (const { key } of stored) delete entries[key]
  setList(entries, userId, () => [])
  const seconds = Math.max(options.session?.expiresIn ?? 7 * DAY, DAY)
  entries[`revoked-sessions-before-${userId}`] = { value: String(now), expiresAt: now + seconds * 1000 }
  await reference.store(entries)
  return Math.max(rows.length, stored.length)
}

/** Takes the sessions that have ended out of the lists; how many lists had any. */
export async function tidyLists(reference) {
  const entries = await reference.stored()
  if (!entries) return 0
  const changed = byKind(entries).lists.filter(({ userId }) => setList(entries, userId, list => list.filter(({ token, expiresAt }) => token in entries || expiresAt <= reference.now)))
  if (changed.length > 0) await reference.store(entries)
  return changed.length
}

/** Takes away verifications; whether there were any. */
export async function dropVerifications(reference, isDropped) {
  const rows = rowsOf(reference.database, 'verification').filter(isDropped)
  for (const { id } of rows) reference.database.prepare('delete from verification where id = ?').run(id)
  const entries = await reference.stored()
  const stored = entries ? byKind(entries).verifications.filter(({ value }) => isDropped(value)) : []
  for (const { key } of stored) delete entries[key]
  if (stored.length > 0) await reference.store(entries)
  return rows.length + stored.length > 0
}

/** Its verifications. */
export async function verificationsOf(reference) {
  const entries = await reference.stored()
  const stored = entries ? byKind(entries).verifications.map(({ value }) => value) : []
  return [...stored, ...rowsOf(reference.database, 'verification')]
}

/** Gives the sessions of a user a changed copy of the user. */
export async function changeCopies(reference, userId, change) {
  const entries = await reference.stored()
  if (!entries) return
  copy(entries, user => (user.id === userId ? { ...user, ...change } : user))
  await reference.store(entries)
}

/**
 * Keeps rows of some tables and the entries that stand for them, and gives what puts back those of the tables that it is told.
 *
 * @param {string[]} tables
 */
export async function snapshot(reference, tables) {
  const { database } = reference
  if (!database) throw new Error('a rule undoes what better-auth writes, and there is no file to undo it in')
  const kept = tables.map(table => [table, rowsOf(database, table)])
  const before = await reference.stored()
  const putBack = database.transaction(wanted => {
    for (const [table, rows] of kept.filter(([table]) => wanted.includes(table))) putRows(database, table, rows)
  })
  return async wanted => {
    putBack(wanted)
    if (before) await reference.store(entriesBefore(before, await reference.stored(), wanted))
  }
}

function putRows(database, table, rows) {
  const kept = new Set(rows.map(({ id }) => id))
  for (const { id } of rowsOf(database, table)) if (!kept.has(id)) database.prepare(`delete from ${table} where id = ?`).run(id)
  if (rows.length === 0) return
  const columns = Object.keys(rows[0])
  const names = columns.map(name => `"${name}"`)
  // Not by way of deleting: what belongs to a row would go with it.
  const changes = names.map(name => `${name} = excluded.${name}`)
  const put = database.prepare(`insert into ${table} (${names}) values (${columns.map(() => '?')}) on conflict (id) do update set ${changes}`)
  for (const row of rows) put.run(Object.values(row))
}

/** The entries of now, and of before those that stand for rows of these tables: of users the copies. */
function entriesBefore(before, now, tables) {
  const isPutBack = ([key]) => tables.includes(key.startsWith('verification:') ? 'verification' : 'session')
  const entries = Object.fromEntries([...Object.entries(now).filter(entry => !isPutBack(entry)), ...Object.entries(before).filter(isPutBack)])
  if (tables.includes('user')) {
    const users = new Map(byKind(before).sessions.map(({ value: { user } }) => [user.id, user]))
    copy(entries, user => users.get(user.id) ?? user)
  }
  return entries
}

function copy(entries, change) {
  for (const { key, value: { session, user }, expiresAt } of byKind(entries).sessions) entries[key] = { value: JSON.stringify({ session, user: change(user) }), expiresAt }
}

/** Changes the list of a user's sessions; whether it is another. */
function setList(entries, userId, change) {
  const key = `active-sessions-${userId}`
  if (!entries[key]) return false
  const before = JSON.parse(entries[key].value)
  const list = change(before).sort((a, b) => a.expiresAt - b.expiresAt)
  if (JSON.stringify(list) === JSON.stringify(before)) return false
  if (list.length === 0) delete entries[key]
  else entries[key] = { value: JSON.stringify(list), expiresAt: list.at(-1).expiresAt }
  return true
}
