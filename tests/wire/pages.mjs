// The official clients of Vue and React on pages, against better-auth and against hallpass: what `useSession` shows
// after every call, and what every call gives.
//   node pages.mjs [--server PATH] [--only JOURNEY]
//   node pages.mjs --self    better-auth against itself
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { EVERYTHING } from './generated/coverage.mjs'
import { Normaliser } from './harness/normalise.mjs'
import { DEFAULTS, PASSWORD } from './harness/options.mjs'
import { called, frameworks, openPage } from './harness/page.mjs'
import { neverCalled, pathsOfReference } from './harness/paths.mjs'
import { startHallpass, startReference } from './harness/servers.mjs'
import journeys from './pages/journeys.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const { values: args } = parseArgs({
  options: {
    server: { type: 'string', default: path.join(here, '../../target/debug/wire-server') },
    only: { type: 'string', default: '' },
    self: { type: 'boolean', default: false },
  },
})
const folder = mkdtempSync(path.join(tmpdir(), 'hallpass-pages-'))
let failed = 0
try {
  for (const [name, journey] of Object.entries(journeys)) {
    if (!name.startsWith(args.only)) continue
    const options = { ...DEFAULTS, ...journey.options }
    const stem = mkdtempSync(path.join(folder, 'journey-'))
    const startOther = args.self ? () => startReference(options, mkdtempSync(`${stem}/`)) : () => startHallpass(args.server, options, stem)
    const servers = [await startReference(options, stem), await startOther()]
    try {
      for (const framework of frameworks) await compare(`${framework}: ${name}`, journey, framework, servers)
    } finally {
      await Promise.all(servers.map(server => server.stop()))
    }
  }
  const forgotten = args.only ? [] : neverCalled(await pathsOfReference(EVERYTHING), called)
  for (const path of forgotten) console.log(`FAIL no journey calls ${path}`)
  failed += forgotten.length
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed > 0 ? 1 : 0
// Timers of the clients would keep the process.
process.exit()

async function compare(title, journey, framework, servers) {
  const recorded = []
  for (const server of servers) {
    try {
      recorded.push(await travel(journey, framework, server))
    } catch (error) {
      console.log(`FAIL ${title}, ${server === servers[0] ? 'better-auth' : 'hallpass'}: ${error.stack}`)
      failed += 1
      return
    }
  }
  const [reference, hallpass] = recorded
  const different = reference.findIndex((step, index) => step !== hallpass[index])
  if (different === -1 && reference.length === hallpass.length) {
    console.log(`ok   ${title}: ${reference.length} calls`)
    return
  }
  failed += 1
  console.log(`FAIL ${title}\n  better-auth: ${reference[different]}\n  hallpass:    ${hallpass[different]}`)
}

/** An object with its fields in the order of their names: a page does not see which came first. */
function inOrder(_, value) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Runs a journey and gives what each call gave. */
async function travel(journey, framework, server) {
  const steps = []
  const normaliser = new Normaliser(DEFAULTS.secret, server.now())
  const page = await openPage(framework, server, journey.plugins?.() ?? [])
  const call = async (label, doIt) => {
    const { data, error } = await doIt(page.client)
    const kept = JSON.stringify(normaliser.value({ data, error }), inOrder)
    steps.push(`${label}: ${journey.edit ? journey.edit(kept) : kept}`)
    return data
  }
  const outbox = async () => {
    const mails = await server.control('GET', '/outbox')
    await server.control('DELETE', '/outbox')
    return mails
  }
  try {
    await journey.run({ call, shows: page.shows, outbox, email: `${framework}@example.com`, password: PASSWORD, server, page })
  } finally {
    page.close()
  }
  return steps
}
