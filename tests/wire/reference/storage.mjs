/** better-auth's SecondaryStorage in this process's memory; entries die by the movable clock. */
export function memoryStorage() {
  const entries = new Map()
  const live = key => {
    const entry = entries.get(key)
    if (entry && entry.expiresAt <= Date.now()) entries.delete(key)
    return entries.get(key)
  }
  const deadline = ttl => (ttl ? Date.now() + ttl * 1000 : Infinity)
  return {
    get: key => live(key)?.value ?? null,
    set: (key, value, ttl) => void entries.set(key, { value, expiresAt: deadline(ttl) }),
    delete: key => void entries.delete(key),
    getAndDelete: key => {
      const value = live(key)?.value ?? null
      entries.delete(key)
      return value
    },
    increment: (key, ttl) => {
      const entry = live(key) ?? { value: 0, expiresAt: deadline(ttl) }
      entry.value += 1
      entries.set(key, entry)
      return entry.value
    },
    /** Everything that is there, as the control port shows it. */
    dump: () => Object.fromEntries([...entries.keys()].filter(live).map(key => {
      const { value, expiresAt } = entries.get(key)
      return [key, { value: String(value), expiresAt: expiresAt === Infinity ? null : expiresAt }]
    })),
    /** Puts what `dump` showed in place of all that is there. */
    load: dumped => {
      entries.clear()
      for (const [key, { value, expiresAt }] of Object.entries(dumped)) entries.set(key, { value, expiresAt: expiresAt ?? Infinity })
    },
  }
}
