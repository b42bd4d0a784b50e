import { DEFAULTS, newUser } from '../harness/options.mjs'

const NAME = 'better-auth.session_token'
const OLD = 'an-old-secret-of-the-wire-tests-9876543210-zyx'
const { secret: OLDEST, ...rest } = DEFAULTS
const versions = [{ version: 2, value: 'a-new-secret-of-the-wire-tests-0123456789-abc' }, { version: 1, value: OLD }]

/** The session of a cookie that another secret than the first has signed. */
const differs = {
  name: 'older-secrets-sign-too',
  reference: { body: 'null' },
  hallpass: {
    body: '{"session":{"expiresAt":"<start+604800s>","token":"<token#1>","createdAt":"<start+0s>","updatedAt":"<start+0s>","ipAddress":"203.0.113.9","userAgent":"wire/1","userId":"<id#1>","id":"<id#2>"},"user":{"name":"Ann","email":"user.an-older-secret@example.com","emailVerified":false,"image":null,"createdAt":"<start+0s>","updatedAt":"<start+0s>","id":"<id#1>"}}',
  },
}

export default [
  {
    options: { ...rest, secrets: versions, secret: OLDEST },
    scenarios: {
      'the first signs': async t => {
        const ann = await t.signedUp()
        await ann.get('/get-session')
        await ann.post('/sign-out', {})
        await ann.get('/get-session')
      },

      'an older secret': async t => {
        const { json } = await t.post('/sign-up/email', newUser(t.email()))
        const ask = (secret, options) => t.get('/get-session', { headers: { cookie: `${NAME}=${t.sign(json.token, secret)}` }, ...options })
        await ask(OLD, { note: 'the second', differs })
        await ask(OLDEST, { note: 'of before there were versions', differs })
        await ask('a-secret-that-nobody-has-0123456789-abcdefgh', { note: 'of nobody' })
      },
    },
  },
  {
    options: { ...rest, secrets: versions },
    scenarios: {
      'the first signs, and there are versions only': async t => {
        const ann = await t.signedUp()
        await ann.get('/get-session')
      },
    },
  },
]
