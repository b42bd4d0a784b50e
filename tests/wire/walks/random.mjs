/** Chance by seed (mulberry32): the same seed, the same choices, on every machine. */
export class Random {
  #state

  constructor(seed) {
    this.#state = Math.imul(seed, 0x9e3779b1) >>> 0
  }

  /** At least 0, less than 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  below(end) {
    return Math.floor(this.next() * end)
  }

  chance(probability) {
    return this.next() < probability
  }

  pick(items) {
    return items[this.below(items.length)]
  }

  /** One of `[weight, item]`. */
  weighted(entries) {
    const total = entries.reduce((sum, [weight]) => sum + weight, 0)
    let at = this.next() * total
    for (const [weight, item] of entries) {
      at -= weight
      if (at < 0) return item
    }
    return entries.at(-1)[1]
  }
}
