const WEEK = 7 * 86_400

/** A session as it is listed: `token` and `id` are the numbers of their names; times are in seconds since the start. */
export function session(token, id, { created = 0, updated = created, expires = updated + WEEK } = {}) {
  return { token, id, created, updated, expires }
}

/** The list of sessions of user 1, in which the caller's own has the token `own`; of the others hallpass names handles, in order. */
export function handles(own, sessions, known = []) {
  const row = ({ id, created, updated, expires }, token) =>
    ({ expiresAt: `<start+${expires}s>`, token, createdAt: `<start+${created}s>`, updatedAt: `<start+${updated}s>`, ipAddress: '203.0.113.9', userAgent: 'wire/1', userId: '<id#1>', id: `<id#${id}>` })
  const seen = [...known]
  const handle = token => {
    if (!seen.includes(token)) seen.push(token)
    return `<handle#${seen.indexOf(token) + 1}>`
  }
  return {
    name: 'other-sessions-by-handle',
    reference: { body: JSON.stringify(sessions.map(one => row(one, `<token#${one.token}>`))) },
    hallpass: { body: JSON.stringify(sessions.map(one => row(one, one.token === own ? `<token#${own}>` : handle(one.token)))) },
  }
}
