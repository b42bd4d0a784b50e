import { emailOTPClient } from 'better-auth/client/plugins'
import { coding, sent } from '../harness/email-otp.mjs'
import { PASSWORD } from '../harness/options.mjs'

/** Proves the address of who is signed in, in a browser that may hold a copy of it. */
const proofs = {
  'proving the address of who is signed in': async t => {
    const browser = await t.signedUp()
    const verify = async (from, who) => from.post('/email-otp/verify-email', { email: t.email(who), otp: await sent(t, 'email-verification', who) })
    await verify(browser)
    await browser.get('/get-session')
    await verify(browser)
    const other = await t.signedUp('other')
    await verify(browser, 'other')
    await other.get('/get-session')
    await browser.post('/email-otp/verify-email', { email: t.email(), otp: 'x' })
    await t.advance(2 * 24 * 3600)
    await verify(browser)
    const again = await t.signedIn()
    await verify(again)
    await again.post('/sign-out')
    await verify(again)
    await t.advance(8 * 24 * 3600)
    await verify(browser)
  },

  'proving the address of who is not to be remembered': async t => {
    await t.signedUp()
    const browser = await t.signedIn('user', { rememberMe: false })
    await browser.post('/email-otp/verify-email', { email: t.email(), otp: await sent(t, 'email-verification') })
    await browser.get('/get-session')
  },
}

const off = {
  'changing an address is off': async t => {
    const browser = await t.signedUp()
    await browser.post('/email-otp/request-email-change', { newEmail: t.email('new') })
    await browser.post('/email-otp/change-email', { newEmail: t.email('new'), otp: 'x' })
    await t.post('/email-otp/request-email-change', { newEmail: t.email('new') })
    await t.post('/email-otp/change-email', { newEmail: t.email('new'), otp: 'x' })
  },
}

const changes = verifyCurrentEmail => ({
  [`changing an address${verifyCurrentEmail ? ', the old one being asked' : ''}`]: async t => {
    const browser = await t.signedUp()
    const ask = (who, otp) => browser.post('/email-otp/request-email-change', { newEmail: t.email(who), otp })
    const change = (who, otp) => browser.post('/email-otp/change-email', { newEmail: t.email(who), otp })
    await ask('user')
    await browser.post('/email-otp/request-email-change', { newEmail: 'bad' })
    await ask('new')
    await ask('new', 'x')
    const old = verifyCurrentEmail ? await sent(t, 'email-verification') : undefined
    await ask('new', old)
    const [{ otp } = {}] = await t.outbox()
    if (!otp) return
    await change('other', otp)
    await change('new', 'x')
    await change('new', otp)
    await browser.get('/get-session')
    await change('new', otp)
    await t.post('/sign-in/email', { email: t.email('new'), password: PASSWORD })
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
    await t.stores()
  },

  [`the official client${verifyCurrentEmail ? ', the old address being asked' : ''}`]: async t => {
    const { client, call } = t.client({ plugins: [emailOTPClient()] })
    const [email, newEmail] = [t.email(), t.email('new')]
    await call('signUp.email', () => client.signUp.email({ name: 'Ann', email, password: PASSWORD }))
    await call('emailOtp.requestEmailChange', () => client.emailOtp.requestEmailChange({ newEmail }))
    if (verifyCurrentEmail) {
      await client.emailOtp.sendVerificationOtp({ email, type: 'email-verification' })
      const [{ otp }] = await t.outbox()
      await call('emailOtp.requestEmailChange, by a code', () => client.emailOtp.requestEmailChange({ newEmail, otp }))
    }
    const [{ otp }] = await t.outbox()
    await call('emailOtp.changeEmail, wrong', () => client.emailOtp.changeEmail({ newEmail, otp: 'x' }))
    await call('emailOtp.changeEmail', () => client.emailOtp.changeEmail({ newEmail, otp }))
    await call('getSession', () => client.getSession())
  },
})

export default [
  { options: coding(), scenarios: { ...proofs, ...off } },
  {
    options: coding({}, { session: { cookieCache: { enabled: true } } }),
    scenarios: {
      ...proofs,
      'a copy of a session that was ended elsewhere': async t => {
        const browser = await t.signedUp()
        const other = await t.signedIn()
        await other.post('/revoke-other-sessions')
        const session = '"session":{"id":"<id#2>","createdAt":"<start+0s>","updatedAt":"<start+0s>","userId":"<id#1>","expiresAt":"<start+604800s>","token":"<token#1>","ipAddress":"203.0.113.9","userAgent":"wire/1"}'
        const user = `"user":{"id":"<id#1>","createdAt":"<start+0s>","updatedAt":"<start+0s>","email":"${t.email()}","emailVerified":true,"name":"Ann","image":null}`
        const copy = `better-auth.session_data=<compact {} {${session},${user},"version":"1","updatedAt":"<start+0s>","expiresAt":"<start+300s>","order":"session,user,updatedAt,version,expiresAt"}>; Max-Age=300; Path=/; HttpOnly; SameSite=Lax`
        await browser.post('/email-otp/verify-email', { email: t.email(), otp: await sent(t, 'email-verification') }, { differs: {
          name: 'cached-sessions-only-read',
          reference: { cookies: [copy] },
          hallpass: { cookies: ['session_token', 'session_data', 'session_data', 'dont_remember'].map(name => `better-auth.${name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`) },
        } })
      },
    },
  },
  { options: coding({ changeEmail: { enabled: true } }), scenarios: changes(false) },
  { options: coding({ changeEmail: { enabled: true, verifyCurrentEmail: true } }), scenarios: changes(true) },
]
