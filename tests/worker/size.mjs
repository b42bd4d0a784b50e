// How large the module is once it is made small: size.mjs FILE.WASM MOST_KB MOST_KB_OF_GZIP. More is a failure.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

const [file, ...most] = process.argv.slice(2)
const optimizer = join(dirname(createRequire(import.meta.url).resolve('binaryen/package.json')), 'bin/wasm-opt')
const folder = mkdtempSync(join(tmpdir(), 'hallpass-size-'))
try {
  const small = join(folder, 'small.wasm')
  execFileSync(process.execPath, [optimizer, '-Oz', '--all-features', '--strip-debug', '--strip-producers', file, '-o', small])
  const module = readFileSync(small)
  const sizes = [module.length, gzipSync(module, { level: 9 }).length].map(bytes => Math.ceil(bytes / 1000))
  console.log(`the Worker's module: ${sizes[0]} KB, ${sizes[1]} KB of gzip; at most ${most.join(' and ')} KB`)
  if (sizes.some((size, index) => size > Number(most[index]))) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true })
}
