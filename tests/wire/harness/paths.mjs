import { betterAuth } from 'better-auth'
import { toBetterAuth } from '../reference/options.mjs'

/** What no client calls: a provider's answers, and pages. */
const BY_BROWSERS = ['/callback/:id', '/error', '/reference']
/** Social sign-in, which is to come: what only it uses. */
const SOCIAL = ['/sign-in/social', '/link-social', '/refresh-token', '/get-access-token', '/account-info']

/**
 * The paths of better-auth's own endpoints under `options`, as it declares them, that a client may call.
 *
 * @param {object} options as in an options file
 */
export async function pathsOfReference(options) {
  const { options: read } = await toBetterAuth({ ...options, database: null }, [])
  const { api } = betterAuth(read)
  const paths = Object.values(api).filter(({ path, options }) => path && !options.metadata?.SERVER_ONLY).map(({ path }) => path)
  return [...new Set(paths)].filter(path => !BY_BROWSERS.includes(path) && !SOCIAL.includes(path)).sort()
}

/**
 * Those of `declared` that no called path is.
 *
 * @param {string[]} declared with `:name` for parts that vary @param {Set<string>} called
 */
export function neverCalled(declared, called) {
  const isCalled = path => {
    const pattern = new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`)
    return [...called].some(path => pattern.test(path))
  }
  return declared.filter(path => !isCalled(path))
}
