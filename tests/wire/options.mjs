// Holds the table of options in docs/compatibility.md against better-auth's own types, and each row that can be written
// as JSON against a wire-server that is started with it.
//   node options.mjs [--server PATH]
import { readFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { DEFAULTS } from './harness/options.mjs'
import { covers, declaredOptions, optionRows } from './harness/option-table.mjs'
import { Refused, startHallpass } from './harness/servers.mjs'
import examples from './harness/option-examples.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const { values: args } = parseArgs({ options: { server: { type: 'string', default: path.join(here, '../../target/debug/wire-server') } } })
const rows = optionRows(readFileSync(path.join(here, '../../docs/compatibility.md'), 'utf8'))
const declared = declaredOptions(readFileSync(path.join(here, 'node_modules/@better-auth/core/dist/types/init-options.d.mts'), 'utf8'))
const problems = []
let started = 0

for (const option of declared) {
  const fitting = rows.filter(row => covers(row.option, option))
  if (fitting.length !== 1) problems.push(`${option}: ${fitting.length} rows`)
}
for (const { option } of rows) {
  if (!declared.some(name => covers(option, name))) problems.push(`${option}: better-auth has no such option`)
}
const folder = mkdtempSync(path.join(tmpdir(), 'hallpass-options-'))
try {
  for (const { option, here } of rows) {
    if (!['same', 'different', 'not here'].includes(here)) problems.push(`${option}: "${here}" is no answer`)
    if (!Object.hasOwn(examples, option)) {
      if (here !== 'different') problems.push(`${option}: no example`)
      continue
    }
    for (const example of [].concat(examples[option])) await tryOut(option, here, example)
  }
  for (const option of Object.keys(examples)) {
    if (!rows.some(row => row.option === option)) problems.push(`${option}: an example without a row`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
for (const problem of problems) console.log(`FAIL ${problem}`)
console.log(`options: ${declared.length} of better-auth's, ${started} tried, ${problems.length} problems`)
process.exitCode = problems.length > 0 || started === 0 ? 1 : 0

/** Starts a server with the option, which it must refuse by name exactly when it is not here. */
async function tryOut(option, here, example) {
  started += 1
  const options = merge({ ...DEFAULTS, database: 'memory' }, example)
  const shown = JSON.stringify(example)
  try {
    const server = await startHallpass(args.server, options, folder)
    await server.stop()
    if (here === 'not here') problems.push(`${option}: ${shown} is taken`)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    if (here !== 'not here') problems.push(`${option}: ${shown} is refused: ${error.stderr.trim()}`)
    else if (error.code !== 2 || !names(error.stderr, option)) problems.push(`${option}: refused with code ${error.code}, and not by its name: ${error.stderr.trim()}`)
  }
}

/** Whether a refusal names the option, or what it would be in. */
function names(refusal, option) {
  const segments = option.replace('.*', '').split('.')
  return segments.some((_, index) => refusal.includes(`option ${segments.slice(0, index + 1).join('.')}:`))
}

function merge(base, changes) {
  const result = { ...base }
  for (const [key, value] of Object.entries(changes)) {
    const isObject = value !== null && typeof value === 'object' && !Array.isArray(value)
    result[key] = isObject && typeof base[key] === 'object' ? merge(base[key], value) : value
  }
  return result
}
