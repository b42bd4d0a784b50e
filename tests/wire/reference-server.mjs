// better-auth on a SQLite file, behind the command line and control port of `wire-server`:
//   node reference-server.mjs --options FILE --port N --control-port M
// For tests only. Port 0 takes a free port; the line printed says which.
import { advance, goOn, standAt, tick } from './reference/clock.mjs'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'

process.env.NODE_ENV ??= 'production'
// better-auth reads NODE_ENV when it is loaded.
const { betterAuth } = await import('better-auth')
const { getMigrations } = await import('better-auth/db/migration')
const { toNodeHandler } = await import('better-auth/node')
const { toBetterAuth } = await import('./reference/options.mjs')

const { values: args } = parseArgs({
  options: { options: { type: 'string' }, port: { type: 'string' }, 'control-port': { type: 'string' } },
})
const outbox = []
let { options, database, handler } = await read(args.options)
const server = createServer((request, response) => {
  tick()
  // A request that better-auth's handler cannot even read rejects here; an unhandled rejection would end the process.
  handler(request, response).catch(() => request.socket.destroy())
})
const control = createServer(async (request, response) => {
  const reply = await answer(request)
  response.writeHead(reply === undefined ? 404 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(reply ?? null))
})

await listen(control, args['control-port'])
await listen(server, args.port)
console.log(`listening on 127.0.0.1:${server.address().port}`)
if (args['control-port'] === '0') console.log(`control on 127.0.0.1:${control.address().port}`)
process.on('SIGTERM', () => process.exit(0))

/** better-auth by the options in a file, with its tables made. */
async function read(file) {
  const { options, database } = await toBetterAuth(JSON.parse(readFileSync(file, 'utf8')), outbox)
  if (database) {
    const { runMigrations } = await getMigrations(options)
    await runMigrations()
  }
  return { options, database, handler: toNodeHandler(betterAuth(options)) }
}

async function bodyOf(request) {
  let body = ''
  for await (const chunk of request) body += chunk
  return JSON.parse(body)
}

async function answer(request) {
  switch (`${request.method} ${request.url}`) {
    // Other options, in place of a process of their own: to load better-auth takes longer than most scenarios.
    case 'PUT /options': {
      database?.close()
      outbox.length = 0
      goOn()
      try {
        ;({ options, database, handler } = await read((await bodyOf(request)).file))
        return {}
      } catch ({ stack }) {
        return { failure: stack }
      }
    }
    case 'POST /clock': {
      const { advanceMs, standAtMs, tickMs } = await bodyOf(request)
      if (standAtMs !== undefined) standAt(standAtMs, tickMs)
      if (advanceMs !== undefined) advance(advanceMs)
      return {}
    }
    case 'GET /outbox':
      return outbox
    case 'DELETE /outbox':
      outbox.length = 0
      return {}
    case 'GET /secondary':
      return options.secondaryStorage?.dump() ?? {}
    case 'PUT /secondary': {
      options.secondaryStorage?.load(await bodyOf(request))
      return {}
    }
    case 'GET /stores': {
      if (!database) return {}
      const tables = database.prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'").pluck().all()
      return Object.fromEntries(tables.map(name => [name, database.prepare(`select count(*) from "${name}"`).pluck().get()]))
    }
  }
}

function listen(server, port) {
  return new Promise((resolve, reject) => server.once('error', reject).listen(Number(port), '127.0.0.1', resolve))
}
