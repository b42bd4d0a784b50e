// A request to the module that `worker-bindgen` wrote.
import { fetch as answer, underWay } from 'bindgen/index.js'

/** The answer. A panic ends every request that is under way by its error; the module begins anew with the next one. */
export async function answered(request, env, context) {
  let end
  const ended = new Promise((_, reject) => (end = reject))
  underWay.add(end)
  try {
    return await Promise.race([answer(request, env, context), ended])
  } finally {
    underWay.delete(end)
  }
}
