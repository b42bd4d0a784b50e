import { DEFAULTS, newUser } from '../harness/options.mjs'

const NAME = 'better-auth.session_token'

/** Asks for the session with these `Cookie` lines, on a route that reads and on one that writes. */
const ask = (t, cookie, note) => t.get('/get-session', { headers: { cookie }, note })

async function signedIn(t) {
  const { json } = await t.post('/sign-up/email', newUser(t.email()))
  return json.token
}

export default [
  {
    options: DEFAULTS,
    scenarios: {
      'well formed': async t => {
        const value = t.sign(await signedIn(t))
        await ask(t, `${NAME}=${value}`)
        await ask(t, `a=b; ${NAME}=${value}`)
        await ask(t, `${NAME}=${value}; a=b`)
        await ask(t, `a; b=; =c; ${NAME}=${value};`)
        await ask(t, `a=b;${NAME}=${value};c=d`)
        await ask(t, `  ${NAME}  =  ${value}  `)
      },

      'not percent-encoded, or more than it must be': async t => {
        const value = t.sign(await signedIn(t))
        await ask(t, `${NAME}=${decodeURIComponent(value)}`)
        await ask(t, `${NAME}=${value.replaceAll('%3D', '=')}`)
        await ask(t, `${NAME}=${value.replaceAll('%2B', '%2b').replaceAll('%2F', '%2f').replaceAll('%3D', '%3d')}`)
        await ask(t, `${NAME}=${[...decodeURIComponent(value)].map(c => `%${c.charCodeAt(0).toString(16)}`).join('')}`)
        await ask(t, `${NAME}=${encodeURIComponent(value)}`)
        await ask(t, `${NAME}=${value}%zz`)
        await ask(t, `${NAME}=${value.replace('.', '%2E')}`)
      },

      'quoted': async t => {
        const value = t.sign(await signedIn(t))
        for (const quoted of [`"${value}"`, `"${decodeURIComponent(value)}"`, `"${value}`, `${value}"`, `'${value}'`, `""`, `"`, `"${value}"x`, `" ${value}"`]) await ask(t, `${NAME}=${quoted}`)
      },

      'forged': async t => {
        const token = await signedIn(t)
        const value = decodeURIComponent(t.sign(token))
        const signature = value.slice(33)
        const other = signature[0] === 'A' ? 'B' : 'A'
        for (const forged of [
          token, `${token}.`, `.${signature}`, signature, `${token}.${signature.slice(1)}`, `${token}.${other}${signature.slice(1)}`, `${token}.${signature}=`, `${token}.${signature.slice(0, -1)}`, `${token}.${signature} `, `${token}..${signature}`, `${token}.x.${signature}`,
          `x${token}.${signature}`, `${token}${signature}`, `${token}.${'A'.repeat(43)}=`, `${token}.${'='.repeat(44)}`, `${token}.${'!'.repeat(43)}=`, `${token.toLowerCase()}.${signature}`, `${token}.${signature.toLowerCase()}`, `${token} .${signature}`, `${token}\t.${signature}`, '.', '..', '',
        ]) {
          await ask(t, `${NAME}=${encodeURIComponent(forged)}`)
        }
        await ask(t, `${NAME}=${t.sign(token, 'another secret')}`)
        await ask(t, `${NAME}=${t.sign(token, '')}`)
      },

      'signed, but no session': async t => {
        for (const value of ['a'.repeat(32), 'x', 'true', '', ' ', 'a.b', 'é', "' or 1=1 --", '%', '\u0000', 'a'.repeat(2000), 'null', '__proto__']) {
          await ask(t, `${NAME}=${t.sign(value)}`, JSON.stringify(value.slice(0, 40)))
        }
      },

      'a hash is no token': async t => {
        const token = await signedIn(t)
        const { createHash } = await import('node:crypto')
        for (const encoding of ['hex', 'base64', 'base64url']) {
          const hash = createHash('sha256').update(token).digest(encoding)
          await ask(t, `${NAME}=${t.sign(`sha256:${hash}`)}`, `sha256:${encoding}`)
          await ask(t, `${NAME}=${t.sign(hash)}`, encoding)
        }
      },

      'the same name twice: the first counts': async t => {
        const good = t.sign(await signedIn(t))
        await ask(t, `${NAME}=${good}; ${NAME}=x`)
        await ask(t, `${NAME}=x; ${NAME}=${good}`)
        await ask(t, `${NAME}=; ${NAME}=${good}`)
        await ask(t, `${NAME}; ${NAME}=${good}`)
        await ask(t, `${NAME}=${t.sign('a'.repeat(32))}; ${NAME}=${good}`)
      },

      'several Cookie lines': async t => {
        const good = t.sign(await signedIn(t))
        await ask(t, [`${NAME}=${good}`, 'a=b'])
        await ask(t, ['a=b', `${NAME}=${good}`])
        await ask(t, ['a=b', `${NAME}=${good}`, 'c=d'])
        await ask(t, [`${NAME}=x`, `${NAME}=${good}`])
        await ask(t, [`${NAME}=${good}`, `${NAME}=x`])
        await ask(t, ['', `${NAME}=${good}`])
        await ask(t, ['a=b;', `${NAME}=${good}`])
        await ask(t, ['a="b', `${NAME}=${good}`])
      },

      'names that only look like it': async t => {
        const good = t.sign(await signedIn(t))
        for (const name of ['session_token', 'better-auth-session_token', 'better-auth.session-token', 'Better-Auth.session_token', 'BETTER-AUTH.SESSION_TOKEN', '__Secure-better-auth.session_token', '__Host-better-auth.session_token', 'xbetter-auth.session_token', 'better-auth.session_token.0', 'better-auth%2Esession_token', '"better-auth.session_token"']) {
          await ask(t, `${name}=${good}`)
        }
      },

      'odd Cookie headers': async t => {
        const good = t.sign(await signedIn(t))
        for (const cookie of ['', ' ', ';', '=', '==', ';;;', '; ;', 'a', `a,b=c; ${NAME}=${good}`, `${NAME}=${good},a=b`, `a=b, ${NAME}=${good}`, `a=\u00e9; ${NAME}=${good}`, `a="x;y"; ${NAME}=${good}`, `a=b ${NAME}=${good}`, `$Version=1; ${NAME}=${good}; $Path=/`, `a=b;\t${NAME}=${good}`]) {
          await ask(t, cookie)
        }
      },

      'many cookies': async t => {
        const good = t.sign(await signedIn(t))
        const many = Array.from({ length: 100 }, (_, i) => `cookie${i}=${'x'.repeat(20)}`).join('; ')
        await ask(t, `${many}; ${NAME}=${good}`, '100 before')
        await ask(t, `${NAME}=${good}; ${many}`, '100 after')
      },
    },
  },
]
