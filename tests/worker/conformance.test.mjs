// The conformance suite of hallpass-testing over D1 in workerd, check by check, in both layouts, and that of key-value storages over its table.
import assert from 'node:assert/strict'
import { existsSync, statfsSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { Miniflare } from 'miniflare'
import { bundled } from './workerd.mjs'

const folder = process.env.WORKER_SUITE_BUNDLE

// Whether power was lost is nothing that these checks could see, and waiting for the disk is long.
const memory = '/dev/shm'
const hasRoom = ({ bavail, bsize }) => bavail * bsize > 256 * 1024 * 1024
if (existsSync(memory) && hasRoom(statfsSync(memory))) process.env.TMPDIR = memory

const started = async databases => {
  const worker = new Miniflare({ ...(await bundled(folder, text => process.stderr.write(text))), d1Databases: databases })
  await worker.ready
  return worker
}

const lister = await started([])
const checks = await (await lister.dispatchFetch('http://suite/checks')).json()
const checksOfStorages = await (await lister.dispatchFetch('http://suite/checks-of-storages')).json()
await lister.dispose()

for (const [layout, listed] of [['camel', checks], ['snake', checks], ['storage', checksOfStorages]]) {
  describe(`d1::${layout}`, () => {
    let worker
    // Each check has a database of its own.
    before(async () => (worker = await started(listed.map(check => `${layout}_${check}`))))
    after(() => worker.dispose())

    for (const check of listed) {
      test(check, async () => {
        const answer = await worker.dispatchFetch(`http://suite/checks/${layout}/${check}`, { method: 'POST' })
        assert.deepEqual([await answer.text(), answer.status], ['ok', 200])
      })
    }
  })
}
