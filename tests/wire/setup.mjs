// Installs what the harness needs: the packages of package-lock.json, and better-sqlite3 compiled
// for the Node that runs this file. Does nothing when that is already done.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const here = path.dirname(fileURLToPath(import.meta.url))
const stampFile = path.join(here, 'node_modules', '.setup-stamp')

// A compiled addon fits one Node ABI, so the stamp names it beside the lock file.
const wanted = createHash('sha256')
  .update(readFileSync(path.join(here, 'package-lock.json')))
  .update(`${process.versions.modules} ${process.platform} ${process.arch}`)
  .digest('hex')

if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) process.exit(0)

npm(['ci', '--ignore-scripts', '--no-progress'])

// node-gyp would download the headers; an installed Node has its own beside it.
const nodeDir = path.resolve(path.dirname(realpathSync(process.execPath)), '..')
const headers = existsSync(path.join(nodeDir, 'include', 'node', 'node.h')) ? { npm_config_nodedir: nodeDir } : {}
npm(['rebuild', 'better-sqlite3', '--ignore-scripts=false', '--no-progress'], {
  ...headers,
  // Compile at once instead of first asking for a prebuilt binary.
  npm_config_build_from_source: 'true',
})

const Database = createRequire(import.meta.url)('better-sqlite3')
new Database(':memory:').close()
writeFileSync(stampFile, wanted)

function npm(args, env = {}) {
  const { status, error } = spawnSync('npm', args, {
    cwd: here,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    console.error(`npm ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`)
    process.exit(1)
  }
}
