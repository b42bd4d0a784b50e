import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const REFERENCE = fileURLToPath(new URL('../reference-server.mjs', import.meta.url))
const START_MS = 30_000

/** A started server under test, with its control port. */
export class Server {
  #child
  #controlPort
  /** How far its clock was moved, in ms. */
  offset = 0

  constructor(child, port, controlPort) {
    this.#child = child
    this.port = port
    this.#controlPort = controlPort
  }

  /** The server's own time, in ms. */
  now() {
    return Date.now() + this.offset
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
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
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

/** Starts the wire-server binary at `binary`. */
export function startHallpass(binary, options, folder) {
  return start(path.resolve(binary), [], options, path.join(folder, 'hallpass'), {})
}

async function start(command, args, options, stem, env) {
  const file = `${stem}.json`
  writeFileSync(file, JSON.stringify({ database: `sqlite:${stem}.db`, ...options }))
  const [port, controlPort] = await freePorts()
  const child = spawn(command, [...args, '--options', file, '--port', port, '--control-port', controlPort], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Only what a process needs to start, so that nothing of this machine's settings reaches better-auth.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, WIRE_LOG: process.env.WIRE_LOG, RUST_LOG: process.env.RUST_LOG, ...env },
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
    createInterface(child.stdout).on('line', line => {
      if (line !== `listening on 127.0.0.1:${port}`) return
      clearTimeout(timer)
      resolve(new Server(child, port, controlPort))
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

async function freePorts() {
  const servers = [createServer(), createServer()]
  await Promise.all(servers.map(server => once(server.listen(0, '127.0.0.1'), 'listening')))
  const ports = servers.map(server => server.address().port)
  await Promise.all(servers.map(server => once(server.close(), 'close')))
  return ports
}
