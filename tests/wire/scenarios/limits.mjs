import { DEFAULTS, newUser } from '../harness/options.mjs'
import { WRONG_PASSWORD, difference, refusal } from '../harness/replies.mjs'

/** hallpass's limit for a body, in bytes. */
const LIMIT = 1024 * 1024

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
        const body = JSON.stringify({ email: t.email(), password: 'wrong password', filler: 'x'.repeat(LIMIT + 100_000) })
        const differs = difference('body-limit', WRONG_PASSWORD, refusal(413, 'Payload Too Large', 'PAYLOAD_TOO_LARGE', 'Request body is too large'))
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

      'one header of ten kilobytes': async t => {
        const ok = { status: 200, statusText: 'OK', headers: { 'content-type': 'application/json' }, body: '{"ok":true}' }
        const refused = { status: 431, statusText: 'Request Header Fields Too Large', body: '' }
        await t.get('/ok', { headers: { 'x-filler': 'x'.repeat(10_000) }, differs: difference('header-limit', ok, refused) })
      },

      'a password of a megabyte': async t => {
        await t.post('/sign-in/email', { email: t.email(), password: 'x'.repeat(900_000) })
        await t.post('/sign-up/email', newUser(t.email(), { password: 'x'.repeat(900_000) }))
      },

    },
  },
]
