// A call of the module that `worker-bindgen` wrote.
import { fetch as answer, underWay } from 'bindgen/index.js'

/** What `call` gives. A panic ends everything that is under way by its error; the module begins anew with the next call. */
export async function whole(call) {
  let end
  const ended = new Promise((_, reject) => (end = reject))
  underWay.add(end)
  try {
    return await Promise.race([call(), ended])
  } finally {
    underWay.delete(end)
  }
}

export const answered = (request, env, context) => whole(() => answer(request, env, context))
