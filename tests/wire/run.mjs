// Drives every scenario against better-auth and against hallpass, and compares what both answer.
//   node run.mjs [--server PATH] [--only START]... [--verbose]
//   node run.mjs --reference-only    prints what better-auth answers
//   node run.mjs [--seed N] [--steps M] [--walks K]   random walks alone
//   node run.mjs --redis URL         hallpass has its secondary storage there
//   node run.mjs --postgres URL      hallpass keeps its rows on that server, where they are not compared; --mysql likewise
//   node run.mjs --in-workerd        the server is ../worker/wire-server.mjs: what workerd itself reads otherwise must differ
//   node run.mjs --self              compares better-auth with itself: whatever fails there varies by chance
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { checkReference, compare, compareSelf } from './harness/compare.mjs'
import { EVERYTHING, uncovered } from './generated/coverage.mjs'
import { ENDPOINTS } from './generated/endpoints.mjs'
import { generatedGroups } from './generated/groups.mjs'
import { RULES } from './generated/rules.mjs'
import { Judge } from './harness/judge.mjs'
import { inLanes } from './harness/lanes.mjs'
import { Ledger } from './harness/ledger.mjs'
import { Pair } from './harness/pair.mjs'
import { Scenario } from './harness/scenario.mjs'
import { elsewhere, References, Refused, STANDING, startHallpass } from './harness/servers.mjs'
import { READ_BY_WORKERD } from './harness/workerd.mjs'
import { FIXED_WALKS, walkAll } from './walks/run.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const root = path.join(here, '../..')
const { values: args } = parseArgs({
  options: {
    server: { type: 'string', default: path.join(root, 'target/debug/wire-server') },
    only: { type: 'string', multiple: true },
    'reference-only': { type: 'boolean', default: false },
    self: { type: 'boolean', default: false },
    seed: { type: 'string' },
    steps: { type: 'string' },
    walks: { type: 'string' },
    postgres: { type: 'string' },
    redis: { type: 'string' },
    mysql: { type: 'string' },
    'in-workerd': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})
const otherwise = args['in-workerd'] ? READ_BY_WORKERD : {}
if (args['in-workerd']) args.server = path.join(root, 'tests/worker/wire-server.mjs')
elsewhere.url = args.postgres ?? args.mysql
elsewhere.redis = args.redis
const referenceOnly = args['reference-only']
const ledger = new Ledger(path.join(root, 'docs/compatibility.md'))
const judge = new Judge(RULES, ledger, { self: args.self })
const references = new References()
const folder = mkdtempSync(path.join(tmpdir(), 'hallpass-wire-'))
let passed = 0
let failed = 0
let steps = 0

/** Walks alone, if anything is said of them. */
const walksAlone = [args.seed, args.steps, args.walks].some(value => value !== undefined)
const all = !args.only && !walksAlone && !referenceOnly && !args.self

try {
  if (!walksAlone) {
    const waiting = [...(await groups()).entries()]
    await inLanes(async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await runGroup(next[1], path.join(folder, String(next[0])))
    })
  }
  if (all || args.only?.some(text => 'generated: every endpoint'.startsWith(text))) await checkCoverage()
  if (walksAlone || all) {
    const { seed = 1, walks = walksAlone ? 500 : FIXED_WALKS, steps: length = 30 } = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, value && Number(value)]))
    const { compared, met } = await walkAll({ seed, walks, steps: length }, { judge, start: startBoth, folder, report })
    steps += compared
    if (args.verbose) for (const [name, count] of [...met].sort()) console.log(`${String(count).padStart(7)} ${name}`)
  }
} finally {
  references.end()
  rmSync(folder, { recursive: true, force: true })
}

if (all) {
  for (const name of ledger.unshown(['wire', 'every response', 'options'])) {
    report('docs/compatibility.md', [`"${name}" is listed and no scenario shows it`])
  }
  for (const name of judge.unfired) report('generated/rules.mjs', [`nothing needed the rule "${name}"`])
}
if (args.verbose) for (const [name, count] of Object.entries(judge.counts)) console.log(`${String(count).padStart(7)} by the rule ${name}`)
console.log(`\n${steps} steps compared`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

/** Servers with the same options, started together. */
async function startBoth(options, newFolder) {
  const other = args.self ? references.start(options, newFolder()) : startHallpass(args.server, options, newFolder())
  const started = await Promise.allSettled([references.start(options, newFolder()), other])
  const failure = started.find(({ status }) => status === 'rejected')
  if (!failure) return started.map(({ value }) => value)
  await Promise.all(started.map(({ value }) => value?.stop()))
  throw failure.reason
}

/** Whether every endpoint is in the table that scenarios are generated from. */
async function checkCoverage() {
  const server = await startHallpass(args.server, EVERYTHING, folderFor(folder))
  try {
    const document = await fetch(`http://127.0.0.1:${server.port}/api/auth/open-api/generate-schema`)
    report('generated: every endpoint', uncovered(await document.json(), ENDPOINTS))
  } finally {
    await server.stop()
  }
}

/** The groups of all scenario files, with only the scenarios that were asked for. */
async function groups() {
  const wanted = title => !args.only || args.only.some(text => title.startsWith(text))
  const files = readdirSync(path.join(here, 'scenarios')).filter(file => file.endsWith('.mjs')).sort()
  const result = []
  for (const file of files) {
    for (const group of (await import(`./scenarios/${file}`)).default) {
      if (group.refused) {
        const title = `${file.slice(0, -4)}: ${group.refused.title} is refused`
        if (wanted(title)) result.push({ ...group, title })
      } else result.push(chosen(group, file.slice(0, -4)))
    }
  }
  for (const group of generatedGroups()) result.push(chosen(group, 'generated'))
  return result.filter(({ refused, scenarios }) => refused || scenarios.length > 0)

  function chosen(group, file) {
    const named = Object.entries(group.scenarios).map(([name, run]) => ({ name, run, title: `${file}: ${name}` }))
    return { ...group, scenarios: named.filter(({ title }) => wanted(title)) }
  }
}

async function runGroup(group, stem) {
  if (group.refused) return referenceOnly || args.self ? undefined : runRefused(group, stem)
  const started = await Promise.allSettled([
    references.start(group.options, folderFor(stem), group.nodeEnv),
    ...(referenceOnly ? [] : [startOther(group, stem)]),
  ])
  const servers = started.map(({ value }) => value)
  if (group.paired) await Promise.all(servers.map(server => server?.standAt(STANDING)))
  // Whole seconds are told of limits: on a clock of its own each side would round another time.
  else if (group.options.rateLimit?.enabled) await Promise.all(servers.map(server => server?.standAt(STANDING, 1)))
  const failure = started.find(({ status }) => status === 'rejected')
  try {
    for (const { title, name, run } of group.scenarios) {
      if (failure) report(title, [failure.reason.message])
      else await runScenario(title, name, run, servers, group)
    }
  } finally {
    await Promise.all(servers.map(server => server?.stop()))
  }
}

async function runScenario(title, name, run, servers, group) {
  if (group.paired) return runPaired(title, name, run, servers, group)
  const runs = await Promise.allSettled(servers.map(server => Scenario.record(name, run, server, group)))
  const thrown = runs.filter(({ status }) => status === 'rejected').map(({ reason }) => `the scenario itself failed: ${reason.stack}`)
  if (thrown.length > 0) return report(title, thrown)
  const [reference, hallpass] = runs.map(({ value }) => value)
  steps += reference.length
  if (referenceOnly) print(title, reference)
  if (referenceOnly) report(title, checkReference(reference))
  else report(title, args.self ? compareSelf(reference, hallpass) : compare(reference, hallpass, ledger))
}

/** A scenario that is compared step by step. */
async function runPaired(title, name, run, servers, group) {
  const pair = await Pair.on(name, servers, group, judge)
  try {
    await run(pair)
  } catch (error) {
    pair.problems.push(`the scenario itself failed: ${error.stack}`)
  }
  steps += pair.length
  if (referenceOnly) print(title, pair.steps[0])
  report(title, pair.problems)
}

function startOther(group, stem) {
  return args.self ? references.start(group.options, folderFor(stem), group.nodeEnv) : startHallpass(args.server, group.options, folderFor(stem), group)
}

/** Options that better-auth takes and hallpass must refuse, saying which. */
async function runRefused({ options, refused, title }, stem) {
  const problems = ledger.show(refused.differs)
  const reference = await references.start(options, folderFor(stem))
  await reference.stop()
  try {
    const server = await startHallpass(args.server, options, folderFor(stem))
    await server.stop()
    problems.push('hallpass started')
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    if (error.code !== 2) problems.push(`exit code ${error.code} instead of 2`)
    if (!error.stderr.includes(refused.says)) problems.push(`it does not say "${refused.says}": ${error.stderr}`)
  }
  report(title, problems)
}

function folderFor(stem) {
  return mkdtempSync(`${folder}/${path.basename(stem)}-`)
}

function print(title, recorded) {
  console.log(`\n######## ${title}`)
  for (const { label, trace } of recorded) {
    console.log(`>>> ${label}`)
    const { status, statusText, headers = {}, cookies = [], body } = trace
    if (status !== undefined) console.log(`<<< ${status} ${statusText ?? ''}`)
    for (const [header, value] of Object.entries(headers)) console.log(`    ${header}: ${value}`)
    for (const cookie of cookies) console.log(`    set-cookie: ${cookie}`)
    if (body) console.log(`    ${body}`)
  }
}

function report(title, problems) {
  const why = otherwise[title]
  if (why) problems = problems.length > 0 ? [] : [`it differs no longer, of which was said: ${why}`]
  if (problems.length === 0) {
    passed += 1
    if (args.verbose) console.log(`ok   ${title}`)
    return
  }
  failed += 1
  console.log(`FAIL ${title}`)
  for (const problem of problems) console.log(problem.replace(/^/gm, '  '))
}
