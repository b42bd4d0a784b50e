import { createHmac } from 'node:crypto'

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
