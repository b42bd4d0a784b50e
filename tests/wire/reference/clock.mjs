// A clock that control requests move. Imported before better-auth, so that every `Date` it uses is this one.
let offset = 0
/** Where the clock stands, in ms, but for what it is moved; unset while it goes. */
let standing
let tickMs = 0
const RealDate = globalThis.Date
const now = () => (standing ?? RealDate.now()) + offset

// A Proxy and not a subclass: what it makes are plain Dates, so `instanceof` and `constructor` see nothing new.
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args) => (args.length === 0 ? new target(now()) : Reflect.construct(target, args)),
  apply: target => new target(now()).toString(),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
})

/** Moves the clock by `ms` milliseconds; negative goes back. */
export function advance(ms) {
  offset += ms
}

/** Stops the clock at `ms`; from now on it goes only when it is moved, and by `tick` ms at each request. */
export function standAt(ms, tick = 0) {
  standing = ms
  tickMs = tick
  offset = 0
}

/** Sets the clock right: it goes, and tells the time. */
export function goOn() {
  standing = undefined
  tickMs = offset = 0
}

/** A request has come. */
export function tick() {
  offset += tickMs
}
