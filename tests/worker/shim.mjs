// What workerd calls: the module that `worker-bindgen` wrote, as a Worker.
import { fetch as answer } from 'bindgen/index.js'

export default {
  async fetch(request, env, context) {
    try {
      return await answer(request, env, context)
    } catch (error) {
      // A panic ends this request alone: the module begins anew with the next one.
      console.error(error?.cause ?? error)
      return new Response(null, { status: 500 })
    }
  },
}
