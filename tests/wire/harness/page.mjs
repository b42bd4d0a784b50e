// A page that shows who is signed in, by the official client of Vue or of React, in a DOM without a browser.
import { Window } from 'happy-dom'
import { Jar } from './cookies.mjs'
import { send } from './http.mjs'

const PATIENCE_MS = 10_000

/** Longer than the client waits between a call and asking anew who is signed in, which it does by a timer too. */
const QUIET_MS = 50

/** What the page is in. The clients look for these when they are loaded. */
const window = new Window({ url: 'http://localhost:3000/' })
for (const name of ['window', 'document', 'localStorage', 'location', 'navigator', 'HTMLElement', 'Element', 'Node', 'SVGElement', 'Event', 'CustomEvent', 'MutationObserver']) {
  Object.defineProperty(globalThis, name, { value: name === 'window' ? window : window[name], configurable: true, writable: true })
}
globalThis.IS_REACT_ACT_ENVIRONMENT = false

/** One line about the session that `useSession` gives. */
const line = ({ data, error, isPending }) => {
  if (data) return `${data.user.name} <${data.user.email}>`
  return isPending ? 'asking' : error ? `error ${error.status}` : 'nobody'
}

/** The paths that pages have asked for, without the base path. */
export const called = new Set()

const FRAMEWORKS = {
  async vue(options, root) {
    const { createApp, h } = await import('vue')
    const { createAuthClient } = await import('better-auth/vue')
    const client = createAuthClient(options)
    const shown = {}
    const app = createApp({
      setup() {
        const session = client.useSession()
        shown.refetch = query => session.value.refetch(query)
        return () => h('p', line(session.value))
      },
    })
    app.mount(root)
    return { client, refetch: query => shown.refetch(query), close: () => app.unmount() }
  },
  async react(options, root) {
    const { createElement } = await import('react')
    const { createRoot } = await import('react-dom/client')
    const { createAuthClient } = await import('better-auth/react')
    const client = createAuthClient(options)
    const shown = {}
    const Page = () => {
      const session = client.useSession()
      shown.refetch = session.refetch
      return createElement('p', null, line(session))
    }
    const mounted = createRoot(root)
    mounted.render(createElement(Page))
    return { client, refetch: query => shown.refetch(query), close: () => mounted.unmount() }
  },
}

export const frameworks = Object.keys(FRAMEWORKS)

/** Opens the page of `framework` on a started server, with client plugins. */
export async function openPage(framework, server, plugins = []) {
  const jar = new Jar()
  const root = document.body.appendChild(document.createElement('div'))
  let begun = 0
  let running = 0
  const customFetchImpl = async (url, init) => {
    begun += 1
    running += 1
    try {
      return await fetchFrom(server, jar, url, init)
    } finally {
      running -= 1
    }
  }
  const options = { baseURL: 'http://localhost:3000', plugins, fetchOptions: { customFetchImpl } }
  const { client, refetch, close } = await FRAMEWORKS[framework](options, root)
  return {
    client,
    /** What `useSession` gives to ask anew by. */
    refetch,
    jar,
    /** Waits until the page shows `text`. */
    async shows(text) {
      const end = Date.now() + PATIENCE_MS
      while (root.textContent !== text) {
        if (Date.now() > end) throw new Error(`the page shows "${root.textContent}" and not "${text}"`)
        await new Promise(resolve => setTimeout(resolve, 2))
      }
    },
    /** Waits until the page asks for nothing and is not about to. */
    async rests() {
      for (let known = -1; running > 0 || begun !== known; ) {
        known = begun
        await new Promise(resolve => setTimeout(resolve, QUIET_MS))
      }
    },
    close() {
      close()
      root.remove()
    },
  }
}

/** `fetch` as a browser on the site would do it. */
async function fetchFrom(server, jar, url, { method = 'GET', headers, body, signal } = {}) {
  signal?.throwIfAborted()
  const { pathname, search, host, origin } = new URL(url)
  called.add(pathname.replace('/api/auth', ''))
  const wanted = { host, 'sec-fetch-site': 'same-origin', cookie: jar.header(), ...Object.fromEntries(new Headers(headers)) }
  if (method.toUpperCase() !== 'GET') wanted.origin = origin
  const lines = Object.entries(wanted).filter(([, value]) => value !== undefined)
  const response = await send(server.port, { method: method.toUpperCase(), path: pathname + search, headers: lines, body: body ?? undefined })
  for (const [name, value] of response.headers) if (name === 'set-cookie') jar.take(value)
  const location = response.headers.find(([name]) => name === 'location')?.[1]
  // As a browser follows a redirect, as long as it stays here.
  if (response.status === 302 && location) {
    const target = new URL(location, url)
    if (target.pathname.startsWith('/api/auth/')) return fetchFrom(server, jar, target, {})
    return new Response(null, { status: 200 })
  }
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers: response.headers })
}
