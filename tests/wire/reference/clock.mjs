// A clock that control requests move. Imported before better-auth, so that every `Date` it uses is this one.
let offset = 0
const RealDate = globalThis.Date

// A Proxy and not a subclass: what it makes are plain Dates, so `instanceof` and `constructor` see nothing new.
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args) => (args.length === 0 ? new target(target.now() + offset) : Reflect.construct(target, args)),
  apply: target => new target(target.now() + offset).toString(),
  get: (target, key) => (key === 'now' ? () => target.now() + offset : Reflect.get(target, key)),
})

/** Moves the clock by `ms` milliseconds; negative goes back. */
export function advance(ms) {
  offset += ms
}
