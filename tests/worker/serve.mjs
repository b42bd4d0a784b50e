// Serves the example: serve.mjs FOLDER_OF_THE_BUNDLE FOLDER_OF_DATA [PORT]
import { start } from './workerd.mjs'

const [folder, data, port = '8787'] = process.argv.slice(2)
const worker = await start({ folder, data, port: Number(port), bindings: { OUTBOX: 'on' } })
console.log(`listening on http://localhost:${port}, mails at http://localhost:${port}/outbox`)
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await worker.dispose()
    process.exit(0)
  })
}
