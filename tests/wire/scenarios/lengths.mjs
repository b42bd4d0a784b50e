import { DEFAULTS, newUser } from '../harness/options.mjs'

const LONGEST = 8192
const LONGER = 'a'.repeat(LONGEST + 1)
const ATTRIBUTES = 'Max-Age=604800; Path=/; HttpOnly; SameSite=Lax'
const cookies = ['better-auth.session_token=<signed><token#1>; ' + ATTRIBUTES]

/** A text that better-auth takes with `reference`, and hallpass does not. */
const tooLong = (field, reference) => ({
  name: 'texts-have-an-end',
  reference: { status: 200, statusText: 'OK', cookies, ...reference },
  hallpass: { status: 400, statusText: 'Bad Request', cookies: [], body: `{"message":"[body.${field}] Too big: expected string to have <=${LONGEST} characters","code":"VALIDATION_ERROR"}` },
})

export default [
  {
    options: { ...DEFAULTS, user: { additionalFields: { motto: { type: 'string', required: false } } } },
    scenarios: {
      'as long as can be': async t => {
        const ann = await t.signedUp('user', { name: 'a'.repeat(LONGEST) })
        await ann.post('/update-user', { image: 'ö'.repeat(LONGEST), motto: '漢'.repeat(LONGEST) })
        await ann.get('/get-session')
      },

      'a longer name': async t => {
        const body = `{"token":"<token#1>","user":{"name":"${LONGER}","email":"${t.email()}","emailVerified":false,"image":null,"createdAt":"<start+0s>","updatedAt":"<start+0s>","motto":null,"id":"<id#1>"}}`
        await t.post('/sign-up/email', newUser(t.email(), { name: LONGER }), { differs: tooLong('name', { body }) })
      },

      'a longer additional field': async t => {
        const ann = await t.signedUp()
        await ann.post('/update-user', { motto: LONGER }, { differs: tooLong('motto', { body: '{"status":true}' }) })
      },
    },
  },
]
