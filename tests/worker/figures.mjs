// What a request costs in workerd: hallpass's example beside better-auth and an empty Worker, over D1 on this machine.
//   figures.mjs SMALLEST_BUNDLE EXAMPLE_BUNDLE FOLDER_FOR_FIGURES [--quick]
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { build } from 'esbuild'
import { counting, start } from './workerd.mjs'

const [bundle, example, target, quick] = process.argv.slice(2)
const FEW = quick === '--quick'
const PASSWORD = 'correct horse battery'

/** Without anything: what HTTP and workerd cost by themselves. */
const EMPTY = 'export default { fetch: () => Response.json(null) }'

/** What D1 costs by itself: the query of a session, by hand. */
const QUERY = `export default {
  async fetch(request, env) {
    const query = env.DB.prepare('select s.*, u.* from session s join user u on u.id = s.userId where s.token = ?')
    return Response.json(await query.bind('none').first())
  },
}`

const script = contents => ({ modules: [{ type: 'ESModule', path: '/worker.mjs', contents }] })

async function betterAuth() {
  const entryPoints = [fileURLToPath(new URL('better-auth-worker.mjs', import.meta.url))]
  const external = ['cloudflare:*', 'node:*']
  const { outputFiles } = await build({ entryPoints, bundle: true, write: false, format: 'esm', target: 'es2022', minify: true, conditions: ['workerd', 'worker', 'import'], external, logLevel: 'error' })
  return { ...script(outputFiles[0].text), compatibilityFlags: ['nodejs_compat'] }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(done => server.once('listening', done))
  const { port } = server.address()
  await new Promise(done => server.close(done))
  return port
}

async function started(others, counts = false) {
  const port = await freePort()
  const modules = counts && others.modules && { modules: [await counting(), ...others.modules] }
  const worker = await start({ folder: bundle, port, counts, ...others, ...modules })
  return { worker, origin: `http://localhost:${port}`, at: `http://127.0.0.1:${port}` }
}

/** CPU time of the workerd that this process has started, in milliseconds. */
async function cpu() {
  for (const id of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '')
    const [, name, rest] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? []
    const fields = rest?.split(' ')
    if (name === 'workerd' && Number(fields[1]) === process.pid) return (Number(fields[11]) + Number(fields[12])) * 10
  }
  throw new Error('no workerd is running')
}

let address = 0
/** Each from an address of its own, so that no rate limit is met. */
function next() {
  address += 1
  return `10.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}`
}

async function call({ at, origin }, path, { body, cookie } = {}) {
  const headers = { origin, 'cf-connecting-ip': next(), ...(body && { 'content-type': 'application/json' }), ...(cookie && { cookie }) }
  const answer = await fetch(at + path, { headers, ...(body && { method: 'POST', body: JSON.stringify(body) }) })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${text}`)
  return { text, cookie: answer.headers.getSetCookie().map(line => line.split(';')[0]).join('; ') }
}

/** The same request again and again, by some at once: answers a second, and CPU time for each in milliseconds. */
async function load(requests, together, request) {
  for (let n = 0; n < Math.min(requests, 4 * together); n += 1) await request(n)
  const [before, began] = [await cpu(), performance.now()]
  let sent = 0
  await Promise.all(Array.from({ length: together }, async () => {
    while (sent < requests) await request((sent += 1))
  }))
  const seconds = (performance.now() - began) / 1000
  return { perSecond: requests / seconds, cpu: (await cpu() - before) / requests }
}

const median = values => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]

/** From nothing to the first answer, in milliseconds. */
async function coldStart(others) {
  const times = []
  // better-auth looks for its tables first of all.
  const data = await mkdtemp(join(tmpdir(), 'hallpass-figures-'))
  await (await started({ ...others, data })).worker.dispose()
  for (let n = 0; n < (FEW ? 2 : 9); n += 1) {
    const began = performance.now()
    const server = await started({ ...others, data, migrates: false })
    await call(server, '/api/auth/get-session')
    times.push(performance.now() - began)
    await server.worker.dispose()
  }
  await rm(data, { recursive: true })
  return median(times)
}

const email = () => `${randomBytes(8).toString('hex')}@example.com`
const signUp = server => call(server, '/api/auth/sign-up/email', { body: { name: 'Ann', email: email(), password: PASSWORD } })

/** The calls of D1 in each flow, those aside that an isolate makes once. */
async function calls(others) {
  const server = await started(others, true)
  const told = {}
  const counted = async (flow, path, options) => {
    await call(server, '/calls')
    const answer = await call(server, `/api/auth${path}`, options)
    told[flow] = JSON.parse((await call(server, '/calls')).text)
    return answer
  }
  await signUp(server)
  const ann = { email: email(), password: PASSWORD }
  await counted('sign-up', '/sign-up/email', { body: { name: 'Ann', ...ann } })
  const { cookie } = await counted('sign-in', '/sign-in/email', { body: ann })
  await counted('get-session', '/get-session', { cookie })
  await counted('list-sessions', '/list-sessions', { cookie })
  await counted('change-password', '/change-password', { body: { currentPassword: PASSWORD, newPassword: `${PASSWORD}!` }, cookie })
  await counted('sign-out', '/sign-out', { body: {}, cookie })
  await server.worker.dispose()
  return told
}

/** What an `Auth` costs in a running Worker. */
async function running(others) {
  const server = await started(others)
  const { cookie } = await signUp(server)
  const ann = { email: email(), password: PASSWORD }
  await call(server, '/api/auth/sign-up/email', { body: { name: 'Ann', ...ann } })
  const figures = {
    'get-session': await load(FEW ? 100 : 4000, 8, () => call(server, '/api/auth/get-session', { cookie })),
    'sign-in': await load(FEW ? 8 : 80, 4, () => call(server, '/api/auth/sign-in/email', { body: ann })),
    'sign-up': await load(FEW ? 8 : 80, 4, () => signUp(server)),
  }
  await server.worker.dispose()
  return figures
}

async function bare(contents) {
  const server = await started(script(contents))
  const figures = await load(FEW ? 100 : 4000, 8, () => call(server, '/api/auth/get-session'))
  await server.worker.dispose()
  return figures
}

/** Bars of both for each flow, on a logarithmic scale. */
function plot(title, groups) {
  const most = Math.max(...groups.flatMap(([, ...values]) => values))
  const bars = groups.flatMap(([label, ...values], group) => [
    `<text x="${90 + group * 160}" y="272" text-anchor="middle">${label}</text>`,
    ...values.map((value, which) => {
      const height = 190 * Math.log1p(value) / Math.log1p(most)
      const x = 35 + group * 160 + which * 56
      return `<rect x="${x}" y="${252 - height}" width="52" height="${height}" fill="${['#b5651d', '#888'][which]}"/><text x="${x + 26}" y="${246 - height}" text-anchor="middle">${shown(value)}</text>`
    }),
  ])
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${groups.length * 160 + 40}" height="290" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/><text x="20" y="24" font-size="15">${title}</text><text x="20" y="42" fill="#b5651d">hallpass</text><text x="80" y="42" fill="#888">better-auth 1.7.25</text>${bars.join('')}</svg>`
}

const shown = value => value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : 2)

const theirs = await betterAuth()
const figures = {
  empty: await bare(EMPTY),
  query: await bare(QUERY),
  hallpass: { ...(await running({})), calls: await calls({}) },
  betterAuth: { ...(await running(theirs)), calls: await calls(theirs) },
  withKv: await calls({ folder: example, bindings: { SESSION_CACHE_SECONDS: '60' } }),
  coldStart: { empty: await coldStart(script(EMPTY)), hallpass: await coldStart({}), betterAuth: await coldStart(theirs) },
}
const { empty, query, hallpass, betterAuth: other, withKv, coldStart: cold } = figures
const rows = [['', 'better-auth 1.7.25', 'hallpass']]
for (const flow of ['get-session', 'sign-in', 'sign-up']) {
  rows.push([`${flow}, answers a second`, ...[other, hallpass].map(one => shown(one[flow].perSecond))])
  rows.push([`its CPU time, an empty Worker's aside`, ...[other, hallpass].map(one => `${shown(Math.max(0, one[flow].cpu - empty.cpu))} ms`)])
}
for (const flow of Object.keys(hallpass.calls)) {
  rows.push([`${flow}: D1 round trips, rows read, written`, ...[other, hallpass].map(({ calls: { [flow]: told } }) => `${told.roundTrips}, ${told.read}, ${told.written}`)])
}
for (const [flow, { roundTrips, kv }] of Object.entries(withKv)) {
  rows.push([`${flow} with copies of sessions in KV: D1 round trips, KV operations`, '', `${roundTrips}, ${kv}`])
}
rows.push(["cold start, beyond an empty Worker's", ...[cold.betterAuth, cold.hallpass].map(time => `${shown(time - cold.empty)} ms`)])
rows.splice(1, 0, ['---', '---:', '---:'])
console.log(rows.map(row => `| ${row.join(' | ')} |`).join('\n'))
console.log(`\nOf each CPU time one query of D1, which workerd itself answers here, is ${shown(Math.max(0, query.cpu - empty.cpu))} ms. An empty Worker: ${shown(empty.perSecond)} answers a second, ${shown(empty.cpu)} ms; cold start ${shown(cold.empty)} ms.`)
await mkdir(target, { recursive: true })
await writeFile(join(target, 'worker.json'), JSON.stringify(figures, null, 2))
const flows = Object.keys(hallpass.calls)
await writeFile(join(target, 'worker.svg'), plot('D1 round trips', flows.map(flow => [flow, hallpass.calls[flow].roundTrips, other.calls[flow].roundTrips])))
await writeFile(join(target, 'worker-cpu.svg'), plot('CPU time for an answer in workerd, ms', ['get-session', 'sign-in', 'sign-up'].map(flow => [flow, hallpass[flow].cpu, other[flow].cpu])))
console.log(`\nplots and figures: ${target}/worker*`)
