import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'

const REFERENCE = fileURLToPath(new URL('../reference-server.mjs', import.meta.url))
const START_MS = 30_000
/** How far a clock that stands goes at each request, so that no two rows have one time; no whole second, so that rounding shows. */
const TICK_MS = 1003

/** Where the clocks of compared servers stand at first; no whole second, so that rounding shows. */
export const STANDING = Date.parse('2030-01-01T00:00:00.123Z')

/** A started server under test, with its control port. */
export class Server {
  #launch
  #child
  #controlPort
  #file
  #database
  #standing
  #tickMs = TICK_MS
  #release
  /** How far its clock was moved, in ms. */
  offset = 0

  /**
   * @param launch starts a process of it at ports, and waits until that listens
   * @param {string | undefined} file its SQLite file, if it has one
   * @param {(() => void) | undefined} release takes the process back, which is then to serve another, in place of its end
   */
  constructor(launch, child, ports, file, release) {
    this.#launch = launch
    this.#child = child
    this.port = ports.listening
    this.#controlPort = ports.control
    this.#file = file
    this.#release = release
  }

  /** The server's own time, in ms. */
  now() {
    return (this.#standing ?? Date.now()) + this.offset
  }

  /** Stops its clock at `ms`; it then goes `tickMs` at each request. */
  async standAt(ms, tickMs = TICK_MS) {
    await this.control('POST', '/clock', { standAtMs: ms, tickMs })
    this.#standing = ms
    this.#tickMs = tickMs
    this.offset = 0
  }

  /** Ends its process and starts another: what was in memory is gone. Its clock is set as it was. */
  async restart() {
    this.#release = undefined
    await this.stop()
    this.#database = undefined
    const { child } = await this.#launch(this.port, this.#controlPort)
    this.#child = child
    const { offset } = this
    if (this.#standing !== undefined) await this.standAt(this.#standing, this.#tickMs)
    this.offset = 0
    await this.advance(offset)
  }

  /** Notes that a clock that stands has gone on with a request. */
  tick() {
    if (this.#standing !== undefined) this.offset += this.#tickMs
  }

  /** Takes back the time of the request before. */
  async untick() {
    if (this.#standing !== undefined) await this.control('POST', '/clock', { advanceMs: -this.#tickMs })
  }

  /** Its database, opened beside it; undefined if that is no file. */
  get database() {
    if (this.#file) this.#database ??= new Database(this.#file, { timeout: 10_000 })
    return this.#database
  }

  async advance(ms) {
    await this.control('POST', '/clock', { advanceMs: ms })
    this.offset += ms
  }

  async control(method, path, body) {
    const response = await fetch(`http://127.0.0.1:${this.#controlPort}${path}`, {
      method,
      body: body && JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
    if (!response.ok) throw new Error(`control ${method} ${path}: ${response.status}`)
    const text = await response.text()
    return text === '' ? undefined : JSON.parse(text)
  }

  async stop(signal = 'SIGTERM') {
    this.#database?.close()
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    if (this.#release) return this.#release()
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    await exited
  }
}

/** A server that ended before it listened: its exit code and what it said. */
export class Refused extends Error {
  constructor(code, stderr) {
    super(`the server ended with code ${code} before it listened: ${stderr.trim()}`)
    this.code = code
    this.stderr = stderr
  }
}

/** Starts better-auth with `options`; files go to `folder`. */
export function startReference(options, folder, nodeEnv = 'production') {
  return start(process.execPath, [REFERENCE], options, path.join(folder, 'reference'), { NODE_ENV: nodeEnv })
}

/**
 * Processes of better-auth that serve one group of scenarios after the other. Only what better-auth keeps in modules would
 * be left from the one before: who has asked how often. Where that is counted, a server is a process of its own.
 */
export class References {
  #idle = []

  /** As `startReference`. */
  async start(options, folder, nodeEnv) {
    if (nodeEnv || options.rateLimit?.enabled !== false) return startReference(options, folder, nodeEnv)
    const { file, all, launch } = launcher(process.execPath, [REFERENCE], options, path.join(folder, 'reference'), { NODE_ENV: 'production' })
    const free = this.#idle.pop()
    const { child, ports } = free ?? (await launch(0, 0))
    const server = new Server(launch, child, ports, fileOf(all), () => void this.#idle.push({ child, ports }))
    const { failure } = free ? await server.control('PUT', '/options', { file }) : {}
    if (!failure) return server
    child.kill()
    throw new Error(`better-auth does not take its options: ${failure}`)
  }

  /** Ends those that are free. */
  end() {
    for (const { child } of this.#idle.splice(0)) child.kill()
  }
}

/**
 * Where hallpass keeps its rows instead of in a file of its own: the URL of a PostgreSQL server, on which it makes schemas, or of
 * a MySQL or MariaDB server, on which it makes databases. And where its secondary storage is instead of in memory: the URL of a
 * Redis, or those of all masters of a cluster.
 */
export const elsewhere = { url: undefined, redis: undefined, servers: 0 }

/** Starts the wire-server binary at `binary`; with `plainTokens` tokens are stored as better-auth stores them. */
export function startHallpass(binary, options, folder, { plainTokens = false } = {}) {
  if (elsewhere.url) options = { database: `${elsewhere.url}#wire ${process.pid} ${++elsewhere.servers}`, ...options }
  const args = [...(plainTokens ? ['--plain-tokens'] : []), ...(elsewhere.redis ? ['--redis', elsewhere.redis] : [])]
  return start(path.resolve(binary), args, options, path.join(folder, 'hallpass'), {})
}

async function start(...how) {
  const { all, launch } = launcher(...how)
  const { child, ports } = await launch(0, 0)
  return new Server(launch, child, ports, fileOf(all))
}

/** Writes the options to a file, and gives what starts a process with them. */
function launcher(command, args, options, stem, env) {
  const file = `${stem}.json`
  const all = { database: `sqlite:${stem}.db`, ...options }
  writeFileSync(file, JSON.stringify(all))
  const launch = (port, controlPort) => listening(command, [...args, '--options', file, '--port', String(port), '--control-port', String(controlPort)], env)
  return { file, all, launch }
}

function fileOf({ database }) {
  return /^sqlite:(.+)/.exec(database)?.[1]
}

/** Starts a process and waits until it says at which ports it listens. */
function listening(command, args, env) {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Only what a process needs to start, so that nothing of this machine's settings reaches better-auth.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, WIRE_LOG: process.env.WIRE_LOG, RUST_LOG: process.env.RUST_LOG, WORKER_WIRE_BUNDLE: process.env.WORKER_WIRE_BUNDLE, ...env },
  })
  let stderr = ''
  child.stderr.on('data', chunk => {
    stderr = (stderr + chunk).slice(-4000)
    if (process.env.WIRE_LOG) process.stderr.write(chunk)
  })
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${command} did not listen within ${START_MS} ms: ${stderr}`))
    }, START_MS)
    const ports = {}
    // The control port is said to have been taken only where it was free to choose.
    const wanted = Number(args.at(-1))
    if (wanted !== 0) ports.control = wanted
    createInterface(child.stdout).on('line', line => {
      const [, of, port] = /^(listening|control) on 127\.0\.0\.1:(\d+)$/.exec(line) ?? []
      if (of) ports[of] = Number(port)
      if (!ports.listening || !ports.control) return
      clearTimeout(timer)
      resolve({ child, ports })
    })
    child.on('error', error => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', code => {
      clearTimeout(timer)
      reject(new Refused(code, stderr))
    })
  })
}
