/** A response as the scenario reads it. */
export class Answer {
  #response

  constructor(response) {
    this.#response = response
    this.status = response.status
  }

  /** The parsed body, or undefined when there is none to parse. */
  get json() {
    try {
      return JSON.parse(this.#response.body.toString())
    } catch {
      return undefined
    }
  }

  /** By name; of several lines one. */
  get headers() {
    return Object.fromEntries(this.#response.headers ?? [])
  }

  get setCookies() {
    return (this.#response.headers ?? []).filter(([name]) => name === 'set-cookie').map(([, value]) => value)
  }

  get fetchResponse() {
    const { status, statusText, headers, body } = this.#response
    const empty = status === 204 || status === 304
    return new Response(empty ? null : body, { status, statusText, headers })
  }
}

/** A browser on the site of the base URL: keeps cookies, sends Origin and Fetch Metadata. */
export class Browser {
  #scenario

  constructor(scenario, jar) {
    this.#scenario = scenario
    this.jar = jar
  }

  get(path, options) {
    return this.request('GET', this.#scenario.base + path, options)
  }

  post(path, json, options) {
    return this.request('POST', this.#scenario.base + path, { json, ...options })
  }

  /** The token in the session's cookie, without its signature. */
  get sessionToken() {
    return decodeURIComponent(this.jar.get('better-auth.session_token')).split('.')[0]
  }

  async request(method, path, { headers, ...options } = {}) {
    const answer = await this.#scenario.request(method, path, {
      ...options,
      headers: {
        'sec-fetch-site': 'same-origin',
        'sec-fetch-mode': 'cors',
        'sec-fetch-dest': 'empty',
        cookie: this.jar.header(),
        origin: method === 'GET' ? undefined : this.#scenario.origin,
        ...headers,
      },
    })
    for (const line of answer.setCookies) this.jar.take(line)
    return answer
  }

  /** `fetch` for the official client. */
  async fetch(url, { method = 'GET', headers, body } = {}) {
    const { pathname, search } = new URL(url)
    const answer = await this.request(method.toUpperCase(), pathname + search, {
      body: body ?? undefined,
      headers: Object.fromEntries(new Headers(headers)),
    })
    return answer.fetchResponse
  }
}
