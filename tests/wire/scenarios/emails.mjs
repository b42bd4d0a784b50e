import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

const GOOD = [
  'a@b.co', 'A@B.CO', 'first.last@example.com', 'first+tag@example.com', "o'brien@example.com", 'under_score@example.com', 'dash-ed@example.com', '1@example.com', 'a@1.co', 'a@sub.sub.example.com', 'a@exam-ple.com', 'a@xn--bcher-kva.example',
  'a@b.museum', `${'a'.repeat(64)}@example.com`, `${'a'.repeat(100)}@example.com`, `a@${'b'.repeat(63)}.com`, `a@${'b'.repeat(100)}.com`, 'a@b-.com', 'a.b.c.d@example.com', '_@example.com', 'a-@example.com', 'a+@example.com', '+a@example.com',
]

const BAD = [
  '', ' ', 'a', '@', 'a@', '@b.co', 'a@b', 'a@b.c', 'a@localhost', 'a@b..co', 'a..b@example.com', '.a@example.com', 'a.@example.com', 'a@.example.com', 'a@example.com.', 'a@-example.com', 'a@example-.com', 'a@exam_ple.com',
  'a b@example.com', 'a@exam ple.com', ' a@example.com', 'a@example.com ', 'a@example.com\n', '\ta@example.com', 'a@b@example.com', '"a"@example.com', '"a b"@example.com', 'a,b@example.com', 'a;b@example.com', 'a:b@example.com',
  '<a@example.com>', 'Ann <a@example.com>', 'a(b)@example.com', 'a[b]@example.com', 'a\\b@example.com', 'a@[127.0.0.1]', 'a@127.0.0.1', 'a@127.0.0.com', 'ä@example.com', 'a@ä.com', 'a@example.cöm', 'a@例え.jp', 'ａ@example.com', 'a＠example.com',
  'a@example.com\u0000', 'a\u0000@example.com', 'a\r\nBcc: b@example.com', 'mailto:a@example.com', 'a@example.c0m', 'a@example.com1', 'a@example.1com', 'a%b@example.com', 'a!b@example.com', 'a#b@example.com', 'a$b@example.com', 'a&b@example.com',
  'a*b@example.com', 'a/b@example.com', 'a=b@example.com', 'a?b@example.com', 'a^b@example.com', 'a`b@example.com', 'a{b}@example.com', 'a|b@example.com', 'a~b@example.com', "'a@example.com", "a'@example.com", 'a@example.com/', 'a@ex#mple.com', '-a@example.com',
]

export default [
  {
    options: DEFAULTS,
    scenarios: {
      // A password that is too short ends the request after the address was judged, and costs no hash.
      'addresses that sign-up takes': async t => {
        for (const email of GOOD) await t.post('/sign-up/email', newUser(email, { password: 'short' }))
      },
      'addresses that sign-up may refuse': async t => {
        for (const email of BAD) await t.post('/sign-up/email', newUser(email, { password: 'short' }))
      },
      // One that is too long does the same for sign-in.
      'addresses that sign-in takes': async t => {
        for (const email of GOOD) await t.post('/sign-in/email', { email, password: 'x'.repeat(129) })
      },
      'addresses that sign-in may refuse': async t => {
        for (const email of BAD) await t.post('/sign-in/email', { email, password: 'x'.repeat(129) })
      },
      'long addresses': async t => {
        for (const length of [200, 254, 255, 320, 1000]) {
          const email = `${'a'.repeat(length - 12)}@example.com`
          await t.post('/sign-up/email', newUser(email, { password: 'short' }), { note: `${length} characters` })
          await t.post('/sign-in/email', { email, password: 'x'.repeat(129) }, { note: `${length} characters` })
        }
      },
      'case of an address does not matter': async t => {
        const email = t.email()
        await t.post('/sign-up/email', newUser(email.toUpperCase()))
        await t.post('/sign-up/email', newUser(email))
        await t.post('/sign-up/email', newUser(email.replace('user', 'UsEr')))
        await t.post('/sign-in/email', { email, password: PASSWORD })
        await t.post('/sign-in/email', { email: email.toUpperCase(), password: PASSWORD })
        await t.stores()
      },
      'tags and dots make other addresses': async t => {
        await t.post('/sign-up/email', newUser('first.last@tags.example.com'))
        await t.post('/sign-up/email', newUser('firstlast@tags.example.com'))
        await t.post('/sign-up/email', newUser('first.last+tag@tags.example.com'))
        await t.post('/sign-in/email', { email: 'first.last+other@tags.example.com', password: PASSWORD })
      },
    },
  },
]
