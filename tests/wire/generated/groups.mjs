import { PASSWORD, newUser } from '../harness/options.mjs'
import { casesOf } from './cases.mjs'
import { CONFIGURATIONS } from './configurations.mjs'
import { ENDPOINTS } from './endpoints.mjs'
import { widelyChanged } from './wide.mjs'

/** More differences of one endpoint tell no more. */
const ENOUGH = 12

/** Every endpoint under every configuration that changes its answers: one scenario each. */
export function generatedGroups() {
  const named = Object.entries(CONFIGURATIONS).map(([name, options]) => {
    const own = ENDPOINTS.filter(endpoint => endpoint.options?.includes(name) || (name === 'plain' && endpoint.inPlain !== false))
    const wide = widelyChanged(ENDPOINTS, name)
    const how = endpoint => ({ all: name === (endpoint.home ?? 'plain'), wide: wide.includes(endpoint), hosts: options.baseURL.allowedHosts !== undefined })
    const scenarios = [...own, ...wide].map(endpoint => [`${endpoint.method} ${endpoint.path}, ${name}`, pair => tryAll(pair, endpoint, how(endpoint))])
    return { options, paired: true, scenarios: Object.fromEntries(scenarios) }
  })
  return named.filter(({ scenarios }) => Object.keys(scenarios).length > 0)
}

/** Tries all cases of an endpoint. */
export async function tryAll(t, endpoint, options) {
  let situation
  let refused = 0
  for (const { note, send, last } of casesOf(endpoint, options)) {
    if (endpoint.skips?.includes(note)) continue
    situation ??= await prepare(t, endpoint)
    const before = t.problems.length
    const { status } = await send(situation)
    await t.rows()
    const succeeded = status >= 200 && status < 400
    refused = succeeded ? 0 : refused + 1
    let isSignedIn = true
    // Refusals in a row are looked at together: the looks cost more than they do.
    if (succeeded || last || endpoint.prepare || refused % 8 === 0) {
      isSignedIn = (await situation.ann.get('/get-session')).trace.body !== 'null'
      await t.outbox()
    }
    if (t.problems.length > before) t.problems[before] = `${note}\n${t.problems[before]}`
    if (t.problems.length > ENOUGH) return
    if (last || t.parted || !isSignedIn || (endpoint.ends && succeeded)) situation = undefined
    t.parted = false
  }
}

/** Somebody who is signed in, where the options let her be. */
async function prepare(t, endpoint) {
  let count = t.length
  const name = `ann${count}`
  const email = t.email(name)
  const ann = t.browser()
  const { results } = await ann.post('/sign-up/email', newUser(email))
  await ann.post('/sign-in/email', { email, password: PASSWORD })
  const somebody = async who => {
    const browser = t.browser()
    await browser.post('/sign-up/email', newUser(t.email(`${who}${count}`), { name: who }))
    return browser
  }
  const situation = {
    t,
    ann,
    email,
    password: PASSWORD,
    somebody,
    ownId: results.map(answer => answer.json?.user?.id ?? 'none'),
    token: ann.cookie('better-auth.session_token').map(value => decodeURIComponent(value ?? 'none').split('.')[0]),
    fresh: () => t.email(`fresh${(count += 1)}.${t.length}`),
    mail: { token: t.each(() => 'none'), otp: t.each(() => '000000') },
    /** Has a mail sent, and keeps it. */
    async mailed(path, json) {
      await ann.post(path, json)
      await situation.look()
    },
    async look() {
      const { results } = await t.outbox()
      if (results.values.every(mails => mails.length > 0)) situation.mail = { token: results.map(mails => mails.at(-1).token), otp: results.map(mails => mails.at(-1).otp) }
    },
    async accounts() {
      const { results } = await ann.get('/list-accounts')
      situation.accountId = results.map(({ json }) => json?.[0]?.id ?? 'none')
    },
    async oneTimeToken() {
      const { results } = await ann.get('/one-time-token/generate')
      situation.mail = { token: results.map(({ json }) => json?.token ?? 'none') }
    },
    accountId: 'none',
  }
  await situation.look()
  await endpoint.prepare?.(situation)
  return situation
}
