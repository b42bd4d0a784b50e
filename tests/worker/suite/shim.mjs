// What workerd calls, for tests: as the other, and its answer tells of a panic.
import { answered } from '../request.mjs'

export default {
  async fetch(request, env, context) {
    try {
      return await answered(request, env, context)
    } catch (error) {
      return new Response(globalThis.panicked ?? String(error), { status: 500 })
    }
  },
}
