// Cloudflare's API for D1, over miniflare's: POST /accounts/A/d1/database/D/query.
import { createServer } from 'node:http'

/** Serves one database to who has the token; gives the address. */
export async function serve(database, { account, id, token }) {
  const server = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const [status, result, message] = await answer(request, Buffer.concat(chunks).toString())
    const errors = message === undefined ? [] : [{ code: 7500, message }]
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ success: message === undefined, errors, messages: [], result: result ?? [] }))
  })
  async function answer(request, body) {
    if (request.headers.authorization !== `Bearer ${token}`) return [401, null, 'Authentication error']
    if (request.url !== `/accounts/${account}/d1/database/${id}/query`) return [404, null, `The database ${id} could not be found`]
    const { batch } = JSON.parse(body)
    try {
      const statements = batch.map(({ sql, params }) => database.prepare(sql).bind(...params))
      return [200, await database.batch(statements)]
    } catch (error) {
      return [400, null, String(error.cause?.message ?? error.message).replace(/^D1_ERROR: /, '')]
    }
  }
  server.listen(0, '127.0.0.1')
  await new Promise(done => server.once('listening', done))
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => new Promise(done => server.close(done)) }
}
