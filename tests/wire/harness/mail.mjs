import { createHmac } from 'node:crypto'
import { PASSWORD, newUser } from './options.mjs'

/** A browser in which a new user signed up. */
export async function signedUp(t, who, changes) {
  const browser = t.browser()
  await browser.post('/sign-up/email', newUser(t.email(who), changes))
  return browser
}

/** A browser of its own with a session of the user. */
export async function signedIn(t, who, password = PASSWORD) {
  const browser = t.browser()
  await browser.post('/sign-in/email', { email: t.email(who), password })
  return browser
}

/** Follows the link of a mail in a browser, or without one. `target` replaces where it leads in the end; `null`: nowhere. */
export async function follow(t, mail, { browser = t, target, note, differs } = {}) {
  const url = new URL(mail.url)
  if (target === null) url.searchParams.delete('callbackURL')
  else if (target !== undefined) url.searchParams.set('callbackURL', target)
  return browser.request('GET', url.pathname + url.search, { note, differs })
}

/** A token as the servers sign them, of any claims. */
export function token(t, claims, { secret = t.secret, alg = 'HS256' } = {}) {
  const part = value => Buffer.from(JSON.stringify(value)).toString('base64url')
  const message = `${part({ alg })}.${part(claims)}`
  return `${message}.${createHmac('sha256', secret).update(message).digest('base64url')}`
}
