// better-auth on a SQLite file, behind the command line and control port of `wire-server`:
//   node reference-server.mjs --options FILE --port N --control-port M
// For tests only. Port 0 takes a free port; the line printed says which.
import { advance, standAt, tick } from './reference/clock.mjs'
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
const { options, database } = await toBetterAuth(JSON.parse(readFileSync(args.options, 'utf8')), outbox)
if (database) {
  const { runMigrations } = await getMigrations(options)
  await runMigrations()
}

const handler = toNodeHandler(betterAuth(options))
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

async function answer(request) {
  switch (`${request.method} ${request.url}`) {
    case 'POST /clock': {
      let body = ''
      for await (const chunk of request) body += chunk
      const { advanceMs, standAtMs, tickMs } = JSON.parse(body)
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
      let body = ''
      for await (const chunk of request) body += chunk
      options.secondaryStorage?.load(JSON.parse(body))
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
