import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

const MIB = 1024 * 1024

export default [
  {
    options: DEFAULTS,
    scenarios: {
      'a body of half the limit': async t => {
        const filler = 'x'.repeat(500_000)
        await t.post('/sign-in/email', { email: t.email(), password: 'wrong password', filler })
        await t.post('/sign-up/email', newUser(t.email(), { filler }))
      },

      'a body beyond the limit': async t => {
        const body = JSON.stringify({ email: t.email(), password: 'wrong password', filler: 'x'.repeat(2 * MIB) })
        const differs = {
          name: 'body-limit',
          reference: { status: 401, statusText: 'Unauthorized', headers: { 'content-type': 'application/json' }, body: '{"message":"Invalid email or password","code":"INVALID_EMAIL_OR_PASSWORD"}' },
          hallpass: { status: 413, statusText: 'Payload Too Large', body: '' },
        }
        await t.post('/sign-in/email', undefined, { body, type: 'application/json', differs })
        await t.post('/sign-in/email', undefined, { body, type: 'application/json', headers: { 'transfer-encoding': 'chunked' }, note: 'chunked', differs })
      },

      'a path beyond any use': async t => {
        await t.get(`/${'x'.repeat(8000)}`)
        await t.get(`/ok?${'x'.repeat(8000)}`)
      },

      'cookies of eight kilobytes': async t => {
        const { json } = await t.post('/sign-up/email', newUser(t.email()))
        const filler = Array.from({ length: 4 }, (_, i) => `filler${i}=${'x'.repeat(2000)}`).join('; ')
        await t.get('/get-session', { headers: { cookie: `${filler}; better-auth.session_token=${t.sign(json.token)}` } })
      },

      'headers of twenty kilobytes': async t => {
        await t.get('/ok', { headers: { cookie: 'x'.repeat(20_000) } })
      },

      'a password of a megabyte': async t => {
        await t.post('/sign-in/email', { email: t.email(), password: 'x'.repeat(900_000) })
        await t.post('/sign-up/email', newUser(t.email(), { password: 'x'.repeat(900_000) }))
      },

      'a name of 100,000 characters': async t => {
        await t.post('/sign-up/email', newUser(t.email(), { name: 'x'.repeat(100_000) }))
        await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
      },
    },
  },
]
