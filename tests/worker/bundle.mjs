// Makes one script and one module of what `worker-bindgen` wrote: bundle.mjs FOLDER_WITH_INDEX.JS FOLDER_TO_WRITE_TO [SHIM]
import { copyFile, mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { build } from 'esbuild'

const [from, to, shim = 'shim.mjs'] = process.argv.slice(2)
await mkdir(to, { recursive: true })
await build({
  entryPoints: [fileURLToPath(new URL(shim, import.meta.url))],
  alias: { 'bindgen/index.js': join(from, 'index.js') },
  outfile: join(to, 'worker.mjs'),
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  external: ['cloudflare:*', '*.wasm'],
  logLevel: 'warning',
  // Not every Worker has every event.
  logOverride: { 'import-is-undefined': 'silent' },
})
await copyFile(join(from, 'index_bg.wasm'), join(to, 'index_bg.wasm'))
