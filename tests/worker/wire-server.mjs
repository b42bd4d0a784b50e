#!/usr/bin/env node
// The server of the differential tests in workerd, by the arguments of the native one; its bundle is in WORKER_WIRE_BUNDLE.
//   node ../wire/run.mjs --in-workerd
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Miniflare } from 'miniflare'
import { bundled } from './workerd.mjs'

const { values: args } = parseArgs({ options: { options: { type: 'string' }, port: { type: 'string' }, 'control-port': { type: 'string' }, 'plain-tokens': { type: 'boolean', default: false } } })
const text = readFileSync(args.options, 'utf8')
const [, file] = /^sqlite:(.+)/.exec(JSON.parse(text).database) ?? []
const worker = new Miniflare({
  ...(await bundled(process.env.WORKER_WIRE_BUNDLE, text => process.stderr.write(text))),
  host: '127.0.0.1',
  port: Number(args.port),
  d1Databases: ['DB'],
  bindings: { OPTIONS: text, PLAIN_TOKENS: String(args['plain-tokens']) },
  ...(file && { d1Persist: `${file}.d1` }),
})
const origin = String(await worker.ready).replace(/\/$/, '')
const control = path => worker.dispatchFetch(`${origin}/__control${path}`)
const built = await control('/outbox')
if (!built.ok) {
  console.error(await built.text())
  await worker.dispose()
  process.exit(2)
}
// Where the harness looks into the rows.
if (file && !existsSync(file)) {
  const folder = join(`${file}.d1`, 'miniflare-D1DatabaseObject')
  const [database] = readdirSync(folder).filter(name => /^[0-9a-f]+\.sqlite$/.test(name))
  symlinkSync(join(folder, database), file)
}
const steering = createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const body = chunks.length > 0 ? Buffer.concat(chunks) : undefined
  const answer = await worker.dispatchFetch(`${origin}/__control${request.url}`, { method: request.method, body, headers: { 'content-type': 'application/json' } })
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
})
steering.listen(Number(args['control-port']), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${new URL(origin).port}`)
  if (args['control-port'] === '0') console.log(`control on 127.0.0.1:${steering.address().port}`)
})
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await worker.dispose()
    process.exit(0)
  })
}
