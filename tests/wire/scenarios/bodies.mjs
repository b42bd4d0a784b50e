import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'
import { SIGNED_OUT, WRONG_PASSWORD, difference, refusal } from '../harness/replies.mjs'

const JSON_TYPE = 'application/json'
const FORM_TYPE = 'application/x-www-form-urlencoded'
const INVALID_JSON = refusal(400, 'Bad Request', 'BAD_REQUEST', 'Invalid JSON in request body')
const NO_BODY = refusal(400, 'Bad Request', 'VALIDATION_ERROR', '[body] Invalid input: expected object, received undefined')
const form = fields => new URLSearchParams(fields).toString()

export default [
  {
    options: DEFAULTS,
    scenarios: {
      'content types that are JSON': async t => {
        const body = JSON.stringify({ email: t.email(), password: 'wrong password' })
        for (const type of [
          'application/json', 'application/json;charset=utf-8', 'application/json; charset=utf-8', 'application/json ; charset=utf-8', 'APPLICATION/JSON', 'Application/Json; Charset=UTF-8',
          'application/json;', 'application/json; charset=latin1', 'application/json; charset', 'application/json;;', 'application/json, text/plain', 'application/json text/plain',
        ]) {
          await t.post('/sign-in/email', undefined, { body, type, note: type })
        }
      },

      'content types that are refused': async t => {
        const body = JSON.stringify({ email: t.email(), password: 'wrong password' })
        for (const type of [
          'text/plain', 'text/plain;charset=UTF-8', 'Text/Plain', 'application/jsonx', 'application/json5', 'application/problem+json', 'application/vnd.api+json', 'text/json', 'application/xml',
          'multipart/form-data', 'multipart/form-data; boundary=x', 'application/octet-stream', 'json', '/', ';', 'a"b', '*/*', ';application/json', 'application/ json',
        ]) {
          await t.post('/sign-in/email', undefined, { body, type, note: type })
          await t.post('/sign-out', undefined, { body, type, note: type })
        }
      },

      'no content type': async t => {
        const body = JSON.stringify(newUser(t.email()))
        for (const path of ['/sign-up/email', '/sign-in/email', '/sign-out', '/get-session', '/ok']) {
          await t.post(path, undefined, { body, note: 'no content type' })
          await t.post(path, undefined, { body, type: '', note: 'empty content type' })
          await t.post(path, undefined, { body, type: ' ', note: 'blank content type' })
        }
      },

      'no body': async t => {
        for (const path of ['/sign-up/email', '/sign-in/email', '/sign-out']) {
          for (const type of [undefined, JSON_TYPE, FORM_TYPE, 'text/plain', '']) {
            await t.post(path, undefined, { type, note: `${type}, no length` })
            await t.post(path, undefined, { type, body: '', note: `${type}, length 0` })
          }
        }
      },

      'a chunked body': async t => {
        await t.post('/sign-up/email', newUser(t.email()), { headers: { 'transfer-encoding': 'chunked' } })
      },

      'chunked, with no chunk in it': async t => {
        const missing = ['email', 'password'].map(field => `[body.${field}] Invalid input: expected string, received undefined`).join('; ')
        const wrongType = refusal(415, 'Unsupported Media Type', 'UNSUPPORTED_MEDIA_TYPE', 'Content-Type "text/plain" is not allowed. Allowed types: application/x-www-form-urlencoded, application/json')
        const send = (path, type, reference, hallpass) => {
          const differs = reference && difference('empty-chunked-body', reference, hallpass)
          return t.post(path, undefined, { body: '', type, headers: { 'transfer-encoding': 'chunked' }, note: type, differs })
        }
        await send('/sign-in/email', JSON_TYPE, INVALID_JSON, NO_BODY)
        await send('/sign-in/email', 'text/plain', wrongType, NO_BODY)
        await send('/sign-in/email', FORM_TYPE, refusal(400, 'Bad Request', 'VALIDATION_ERROR', missing), NO_BODY)
        await send('/sign-in/email', undefined)
        await send('/sign-out', JSON_TYPE, INVALID_JSON, SIGNED_OUT)
      },

      'several content types': async t => {
        const body = JSON.stringify({ email: t.email(), password: 'wrong password' })
        await t.post('/sign-in/email', undefined, { body, headers: { 'content-type': [JSON_TYPE, 'text/plain'] }, note: 'JSON first' })
        await t.post('/sign-in/email', undefined, { body, headers: { 'content-type': ['text/plain', JSON_TYPE] }, note: 'JSON last' })
      },

      'bad JSON': async t => {
        for (const body of [
          '{bad json', '{', '}', '{}}', '{"email"}', "{'email':'a'}", '{"email":"a",}', '[', '[]x', 'undefined', 'NaN', 'Infinity', '{"a":NaN}', '{"a":01}', '{"a":1.}', '{"a":.5}', '{"a":+1}', '{"a":0x1}', '{"a":1e}',
          '{"a":"\t"}', '{"a":"\n"}', '{"a":"\\x"}', '{"a":"\\u12"}', '"', '"a', 'tru', 'nul', '// c\n{}', '{}/**/', '\u00a0{}', '{"a":1}{"b":2}', '{,}', '{"a":1,,"b":2}', ' ', '\n\t ', '\u0000', '{"a":"\u0000"}', '\v{}', '\f{}',
        ]) {
          await t.post('/sign-in/email', undefined, { body, type: JSON_TYPE })
        }
      },

      'JSON that is read': async t => {
        const user = `"email":"${t.email()}","password":"wrong password"`
        for (const body of [
          ` \t\r\n{${user}} \n`, `\ufeff{${user}}`, `{${user},"a":"\\ud83d\\ude00"}`, `{${user},"a":"\\u0000"}`, `{${user},"a":1e308}`, `{${user},"a":1e-400}`,
          `{${user},"a":123456789012345678901234567890}`, `{${user},"a":0.1234567890123456789012345}`, `{${user},"a":-0}`, `{${user},"a":1E+2}`, `{${user},"":1}`, `{${user},"a":"\\/"}`, `{${user},"a":"\u2028\u2029"}`, `{${user},"\\u0065":1}`,
        ]) {
          await t.post('/sign-in/email', undefined, { body, type: JSON_TYPE })
        }
      },

      'JSON that has no meaning outside JavaScript': async t => {
        const user = `"email":"${t.email()}","password":"wrong password"`
        const differs = difference('strict-json', WRONG_PASSWORD, INVALID_JSON)
        for (const value of ['"\\ud83d"', '"\\ude00\\ud83d"', '1e400', '-1e400']) await t.post('/sign-in/email', undefined, { body: `{${user},"a":${value}}`, type: JSON_TYPE, differs })
        const infinite = refusal(400, 'Bad Request', 'VALIDATION_ERROR', '[body] Invalid input: expected object, received Infinity')
        await t.post('/sign-in/email', undefined, { body: '1e999', type: JSON_TYPE, differs: difference('strict-json', infinite, INVALID_JSON) })
      },

      'bytes that are not UTF-8': async t => {
        const bytes = (...parts) => Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))))
        for (const body of [
          bytes(0xff, '{}'), bytes('{"email":"a', 0xff, '@example.com","password":"x"}'), bytes('{"email":"', 0xc3, '"}'), bytes('{"email":"nobody@example.com","password":"', 0xed, 0xa0, 0x80, '"}'),
          bytes(0xfe, 0xff, 0, '{', 0, '}'), bytes(0xff, 0xfe, '{', 0, '}', 0), bytes('{"email":"', 0xc0, 0x80, '@example.com","password":"x"}'), bytes(0xff),
        ]) {
          await t.post('/sign-in/email', undefined, { body, type: JSON_TYPE, note: body.toString('hex') })
        }
        await t.post('/sign-up/email', undefined, { body: bytes('{"email":"', t.email(), '","password":"password1234","name":"a', 0xff, 'b', 0xed, 0xa0, 0x80, '"}'), type: JSON_TYPE, note: 'in a name' })
      },

      'JSON that is no object': async t => {
        for (const path of ['/sign-up/email', '/sign-in/email', '/sign-out']) {
          for (const body of ['null', 'true', 'false', '0', '1', '-1.5', '""', '"text"', '[]', '[1]', '[{}]', '[[]]', '{}']) {
            await t.post(path, undefined, { body, type: JSON_TYPE })
          }
        }
      },

      'repeated keys: the last counts': async t => {
        const email = t.email()
        await t.post('/sign-up/email', undefined, { body: `{"name":"first","email":"x","name":"last","email":"${email}","password":"short","password":"${PASSWORD}"}`, type: JSON_TYPE })
        await t.post('/sign-in/email', undefined, { body: `{"email":"${email}","password":"${PASSWORD}","password":"wrong password"}`, type: JSON_TYPE })
        await t.post('/sign-in/email', undefined, { body: `{"email":"${email}","password":"wrong password","password":"${PASSWORD}"}`, type: JSON_TYPE })
        await t.post('/sign-in/email', undefined, { body: `{"email":"${email}","password":"${PASSWORD}","password":null}`, type: JSON_TYPE })
      },

      'deep nesting': async t => {
        const nested = depth => `${'['.repeat(depth)}${']'.repeat(depth)}`
        for (const depth of [10, 100]) {
          await t.post('/sign-in/email', undefined, { body: nested(depth), type: JSON_TYPE, note: `depth ${depth}` })
          await t.post('/sign-in/email', undefined, { body: `{"email":"${t.email()}","password":"wrong password","a":${nested(depth)}}`, type: JSON_TYPE, note: `depth ${depth}` })
          await t.post('/sign-in/email', undefined, { body: '{"a":'.repeat(depth) + '1' + '}'.repeat(depth), type: JSON_TYPE, note: `depth ${depth}` })
        }
      },

      'nesting deeper than anyone means': async t => {
        const nested = depth => `${'['.repeat(depth)}${']'.repeat(depth)}`
        await t.post('/sign-in/email', undefined, {
          body: `{"email":"${t.email()}","password":"wrong password","a":${nested(20_000)}}`,
          type: JSON_TYPE,
          differs: difference('strict-json', WRONG_PASSWORD, INVALID_JSON),
        })
      },

      'keys of JavaScript objects': async t => {
        const user = JSON.stringify(newUser(t.email()))
        for (const [i, key] of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype'].entries()) {
          await t.post('/sign-up/email', undefined, { body: user.replace('user.', `user${i}.`).replace('{', `{"${key}":{"role":"admin","emailVerified":true},`), type: JSON_TYPE })
        }
        await t.post('/sign-in/email', undefined, { body: `{"__proto__":{"email":"${t.email()}","password":"x"}}`, type: JSON_TYPE })
      },

      'form bodies': async t => {
        const email = t.email()
        await t.post('/sign-up/email', undefined, { body: form({ name: 'Ann Lee & co', email, password: PASSWORD }), type: FORM_TYPE })
        await t.post('/sign-in/email', undefined, { body: form({ email, password: PASSWORD }), type: FORM_TYPE })
        await t.post('/sign-in/email', undefined, { body: form({ email, password: PASSWORD, callbackURL: '/home' }), type: FORM_TYPE })
        await t.post('/sign-in/email', undefined, { body: form({ email, password: 'wrong password' }), type: 'Application/X-WWW-Form-URLencoded; charset=UTF-8' })
        await t.post('/sign-in/email', undefined, { body: form({ email, password: PASSWORD, callbackURL: 'https://evil.example' }), type: FORM_TYPE })
        for (const rememberMe of ['false', 'true', '', '0', 'on']) {
          await t.post('/sign-in/email', undefined, { body: form({ email, password: PASSWORD, rememberMe }), type: FORM_TYPE })
        }
        await t.post('/sign-up/email', undefined, { body: form({ name: 'A', email: t.email('b'), password: PASSWORD, rememberMe: 'true' }), type: FORM_TYPE })
        await t.post('/sign-up/email', undefined, { body: form({ name: '', email: t.email('c'), password: PASSWORD, image: '', callbackURL: '' }), type: FORM_TYPE })
      },

      'form bodies, odd ones': async t => {
        const email = t.email()
        const at = encodeURIComponent(email)
        await t.post('/sign-up/email', newUser(email))
        for (const body of [
          'a', '=', '&', '&&&', 'email', 'email=', `email=${at}&password=`, `email=${at}&email=x&password=${PASSWORD}`, `email=x&email=${at}&password=${encodeURIComponent(PASSWORD)}`, `email=${at}&password=correct+horse+battery`,
          `email=${email}&password=correct%20horse%20battery`, `email[]=${at}&password=x`, `email=${at}&password=%`, `email=${at}&password=%zz`, `email=${at}&password=%ff`, `email=${at};password=x`, `email=${at}&password=a=b`,
          `{"email":"${email}","password":"${PASSWORD}"}`, `__proto__=x&email=${at}&password=x`, ` email=${at}&password=x`, `email=%00&password=x`,
        ]) {
          await t.post('/sign-in/email', undefined, { body, type: FORM_TYPE })
        }
      },

      'forms where only JSON is taken': async t => {
        await t.post('/sign-out', undefined, { body: 'a=b', type: FORM_TYPE })
        await t.post('/sign-in/email', undefined, { body: 'email=a', type: JSON_TYPE })
      },

      'a body on GET is not looked at': async t => {
        await t.request('GET', '/api/auth/ok', { body: '{bad', type: JSON_TYPE })
        await t.request('GET', '/api/auth/get-session', { body: 'x', type: 'text/plain' })
      },
    },
  },
]
