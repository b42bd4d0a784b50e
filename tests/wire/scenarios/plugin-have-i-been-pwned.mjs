import { rangeURL } from '../harness/fakes.mjs'
import { DEFAULTS, newUser } from '../harness/options.mjs'

const guarded = more => ({ ...DEFAULTS, plugins: [{ id: 'have-i-been-pwned', rangeURLOverride: rangeURL, ...more }] })

const PASSWORDS = [
  'a breached password',
  'a breached password in lower case',
  'a padded password',
  'a password of a strange count',
  'a password of a count with a nought',
  'a password of a negative count',
  'a password without a count',
  'a password of a sick service',
  'a password of a strict service',
  'a password of an empty range',
  'a password that nobody knows',
]

async function signUps(t) {
  for (const [index, password] of PASSWORDS.entries()) {
    await t.post('/sign-up/email', newUser(t.email(`user-${index}`), { password }))
  }
  await t.stores()
  await t.post('/sign-up/email', newUser(t.email('user-2'), { password: 'a breached password' }), { note: 'a taken address' })
  await t.post('/sign-up/email', newUser('bad', { password: 'a breached password' }), { note: 'no address' })
  await t.post('/sign-up/email', newUser(t.email('short'), { password: 'short' }), { note: 'short' })
}

async function changes(t) {
  const browser = await t.signedUp()
  const { password: currentPassword } = newUser(t.email())
  for (const newPassword of PASSWORDS.slice(0, 9)) await browser.post('/change-password', { currentPassword: 'wrong password', newPassword })
  await browser.post('/change-password', { currentPassword, newPassword: 'a breached password' })
  await browser.post('/change-password', { currentPassword, newPassword: 'a password of a sick service' })
  await browser.post('/change-password', { currentPassword, newPassword: 'a password that nobody knows' })
  await t.post('/sign-in/email', { email: t.email(), password: 'a breached password' })
  await t.post('/sign-in/email', { email: t.email(), password: 'a password that nobody knows' })
}

async function officialClient(t) {
  const { client, call } = t.client()
  const user = newUser(t.email())
  await call('signUp.email, breached', () => client.signUp.email({ ...user, password: 'a breached password' }))
  await call('signUp.email', () => client.signUp.email(user))
  await call('changePassword, breached', () => client.changePassword({ currentPassword: user.password, newPassword: 'a breached password' }))
}

export default [
  { options: guarded(), scenarios: { 'sign-ups': signUps, changes, 'the official client': officialClient } },
  {
    options: guarded({ customPasswordCompromisedMessage: 'Take another one' }),
    scenarios: { 'a message of one’s own': t => t.post('/sign-up/email', newUser(t.email(), { password: 'a breached password' })) },
  },
]
