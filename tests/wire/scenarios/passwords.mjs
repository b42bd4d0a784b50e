import { DEFAULTS, newUser } from '../harness/options.mjs'

/** Signs up with one password and in with another. */
async function pair(t, who, password, other) {
  const email = t.email(who)
  await t.post('/sign-up/email', newUser(email, { password }))
  await t.post('/sign-in/email', { email, password: other })
}

const withLengths = (minPasswordLength, maxPasswordLength) => ({
  ...DEFAULTS,
  emailAndPassword: { enabled: true, minPasswordLength, maxPasswordLength },
})

export default [
  {
    options: DEFAULTS,
    scenarios: {
      'length counts UTF-16 units': async t => {
        for (const [i, password] of [
          'a'.repeat(7), 'a'.repeat(8), 'a'.repeat(128), 'a'.repeat(129), 'é'.repeat(7), 'é'.repeat(8), 'é'.repeat(128), 'é'.repeat(129), '👍'.repeat(3), '👍'.repeat(4), '👍'.repeat(64), `${'👍'.repeat(64)}a`,
          '👩‍👩‍👧', '漢字漢字漢字漢', '漢字漢字漢字漢字', 'e\u0301'.repeat(4), ' '.repeat(8), '\u0000'.repeat(8), 'ﷺ'.repeat(8),
        ].entries()) {
          await t.post('/sign-up/email', newUser(t.email(`user${i}`), { password }), { note: `${password.length} units` })
        }
      },

      'sign-in asks only for the greatest length': async t => {
        const email = t.email()
        await t.post('/sign-up/email', newUser(email))
        for (const password of ['', 'a', 'a'.repeat(7), 'a'.repeat(128), 'a'.repeat(129), '👍'.repeat(64), `${'👍'.repeat(64)}a`, 'a'.repeat(5000)]) {
          await t.post('/sign-in/email', { email, password }, { note: `${password.length} units` })
        }
      },

      'the length is asked before the account, known or not': async t => {
        await t.post('/sign-up/email', newUser(t.email()))
        await t.post('/sign-up/email', newUser(t.email(), { password: 'short' }))
        await t.post('/sign-up/email', newUser(t.email(), { password: 'x'.repeat(129) }))
        await t.post('/sign-in/email', { email: t.email(), password: 'x'.repeat(129) })
        await t.post('/sign-in/email', { email: t.email('nobody'), password: 'x'.repeat(129) })
      },

      'one password written in two ways of Unicode': async t => {
        await pair(t, 'composed', 'pässword-ñ', 'pa\u0308ssword-n\u0303')
        await pair(t, 'decomposed', 'pa\u0308ssword-n\u0303', 'pässword-ñ')
        await pair(t, 'compatible', 'ｐａｓｓｗｏｒｄ１', 'password1')
        await pair(t, 'ligature', 'oﬃce-ﬁles', 'office-files')
        await pair(t, 'roman', 'Chapter Ⅳ!', 'Chapter IV!')
        await pair(t, 'hangul', '한국어비밀번호들', '한국어비밀번호들'.normalize('NFD'))
        await pair(t, 'angstrom', 'Ångström!', '\u212bngström!')
      },

      'passwords that differ': async t => {
        await pair(t, 'case', 'PassWord1', 'password1')
        await pair(t, 'space', 'password1', 'password1 ')
        await pair(t, 'front', 'password1', ' password1')
        await pair(t, 'dotless', 'pıssword1', 'pissword1')
        await pair(t, 'zero', 'pass\u0000word', 'pass\u0000w0rd')
        await pair(t, 'joined', 'pass\u200dword', 'password')
        await pair(t, 'sharp', 'straße-1234', 'strasse-1234')
      },

      'odd passwords work': async t => {
        for (const [i, password] of ['        ', 'pass\u0000word', '"\\/\b\f\n\r\t', '👍👍👍👍', '\u202epassword', 'a'.repeat(128), 'é'.repeat(128), '<script>', '%00%00%00'].entries()) await pair(t, `user${i}`, password, password)
      },
    },
  },
  {
    options: withLengths(4, 10),
    scenarios: {
      'lengths of one’s own': async t => {
        for (const [i, length] of [1, 3, 4, 8, 10, 11, 128, 200].entries()) {
          await t.post('/sign-up/email', newUser(t.email(`user${i}`), { password: 'a'.repeat(length) }))
          await t.post('/sign-in/email', { email: t.email(`user${i}`), password: 'a'.repeat(length) })
        }
      },
    },
  },
  {
    options: withLengths(12, 300),
    scenarios: {
      'lengths beyond the defaults': async t => {
        for (const [i, length] of [8, 11, 12, 129, 300, 301].entries()) {
          await t.post('/sign-up/email', newUser(t.email(`user${i}`), { password: 'a'.repeat(length) }))
          await t.post('/sign-in/email', { email: t.email(`user${i}`), password: 'a'.repeat(length) })
        }
      },
    },
  },
  {
    options: withLengths(0, 0),
    scenarios: {
      'lengths of nought are the defaults': async t => {
        for (const [i, length] of [1, 7, 8, 128, 129].entries()) await t.post('/sign-up/email', newUser(t.email(`user${i}`), { password: 'a'.repeat(length) }))
      },
    },
  },
]
