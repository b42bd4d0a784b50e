// What workerd calls, for tests: as the other, and its answer tells of a panic.
import { fetch as answer } from 'bindgen/index.js'

export default {
  async fetch(request, env, context) {
    try {
      return await answer(request, env, context)
    } catch (error) {
      const told = globalThis.panicked ?? String(error)
      globalThis.panicked = undefined
      return new Response(told, { status: 500 })
    }
  },
}
