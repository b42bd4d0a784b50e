// What workerd calls: the module that `worker-bindgen` wrote, as a Worker.
import { answered, whole } from './request.mjs'
import * as worker from 'bindgen/index.js'

export default {
  async fetch(request, env, context) {
    try {
      return await answered(request, env, context)
    } catch (error) {
      console.error(error?.cause ?? error)
      return new Response(null, { status: 500 })
    }
  },
  async scheduled(event, env, context) {
    await whole(() => worker.scheduled?.(event, env, context))
  },
}
