// A Worker in workerd, with what the example's wrangler.jsonc gives it: D1, KV, R2 and the page.
import { readFile, readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { Miniflare } from 'miniflare'

const MIGRATIONS = fileURLToPath(new URL('../../examples/worker/migrations', import.meta.url))
const PAGE = fileURLToPath(new URL('../../examples/quickstart/page', import.meta.url))

/** Of tests and of a server on this machine alone. */
const SECRET = 'tests-and-development-only-0123456789abcdef'

/** What every Worker of a bundle is started with. */
export async function bundled(folder, log) {
  const path = name => ({ path: join('/', name) })
  return {
    host: '127.0.0.1',
    modulesRoot: '/',
    modules: [
      { type: 'ESModule', ...path('worker.mjs'), contents: await readFile(join(folder, 'worker.mjs'), 'utf8') },
      { type: 'CompiledWasm', ...path('index_bg.wasm'), contents: await readFile(join(folder, 'index_bg.wasm')) },
    ],
    compatibilityDate: '2026-04-26',
    handleRuntimeStdio: (...streams) => streams.forEach(stream => stream.setEncoding('utf8').on('data', log)),
  }
}

/** What stands in front of a Worker whose calls are counted. */
export async function counting() {
  return { type: 'ESModule', path: '/counting.mjs', contents: await readFile(new URL('counting.mjs', import.meta.url), 'utf8') }
}

/** Starts the Worker of the bundle in `folder`. What it keeps is in `data`, or gone with it. */
export async function start({ folder, port, data, bindings = {}, hasDatabase = true, migrates = hasDatabase, counts = false, log = text => process.stderr.write(text), ...others }) {
  const bundle = await bundled(folder, log)
  const worker = new Miniflare({
    ...bundle,
    ...(counts && { modules: [await counting(), ...bundle.modules] }),
    ...others,
    port,
    d1Databases: hasDatabase ? ['DB'] : [],
    kvNamespaces: ['SESSIONS'],
    r2Buckets: ['PICTURES'],
    ratelimits: { LIMITER: { simple: { limit: 600, period: 60 } } },
    assets: { directory: PAGE, binding: 'ASSETS', routerConfig: { has_user_worker: true } },
    bindings: Object.fromEntries(Object.entries({ HALLPASS_SECRET: SECRET, BASE_URL: `http://localhost:${port}`, ...bindings }).filter(([, value]) => value !== undefined)),
    ...(data && { d1Persist: join(data, 'd1'), kvPersist: join(data, 'kv'), r2Persist: join(data, 'r2') }),
  })
  await worker.ready
  if (migrates) await migrate(await worker.getD1Database('DB'))
  return worker
}

/** What `wrangler d1 migrations apply` does: each file once. */
export async function migrate(database) {
  await database.prepare('create table if not exists d1_migrations (id integer primary key, name text unique, applied_at text not null default current_timestamp)').run()
  const { results } = await database.prepare('select name from d1_migrations').all()
  const applied = new Set(results.map(({ name }) => name))
  for (const name of (await readdir(MIGRATIONS)).sort().filter(name => !applied.has(name))) {
    const text = (await readFile(join(MIGRATIONS, name), 'utf8')).replace(/^--.*$/gm, '')
    const statements = text.split(/;\s*$/m).map(statement => statement.trim()).filter(statement => statement !== '')
    const done = database.prepare('insert into d1_migrations (name) values (?)').bind(name)
    await database.batch([...statements.map(statement => database.prepare(statement)), done])
  }
}
