import { UPDATED, difference, refusal } from '../harness/replies.mjs'
import { DEFAULTS, PASSWORD, newUser } from '../harness/options.mjs'

/** Every kind of field, and everything that can be said of one. */
const FIELDS = {
  nickName: { type: 'string', required: false },
  age: { type: 'number', required: false },
  darkMode: { type: 'boolean', required: false },
  bornAt: { type: 'date', required: false },
  settings: { type: 'json', required: false },
  tags: { type: 'string[]', required: false },
  marks: { type: 'number[]', required: false },
  role: { type: 'string', required: false, input: false, defaultValue: 'member' },
  plan: { type: 'string', required: false, defaultValue: 'free' },
  level: { type: 'number', required: true, defaultValue: 1 },
  note: { type: 'string', required: false, returned: false },
  credit: { type: 'number', required: false, input: false, returned: false },
}
const options = { ...DEFAULTS, user: { additionalFields: FIELDS } }

const json = { 'content-type': 'application/json' }
const BROKEN = { status: 500, statusText: 'Internal Server Error', headers: { 'content-type': undefined }, cookies: [], body: '' }

const VALUES = {
  nickName: 'Ännchen 👍',
  age: 36.5,
  darkMode: true,
  bornAt: '1815-12-10T00:00:00.000Z',
  settings: { theme: 'dark', panes: [1, null, { '': '"' }] },
  tags: ['a', '', 'b,c'],
  marks: [1, -2.5, 0],
}

const fields = {
  'signing up without any': async t => {
    const browser = await t.signedUp()
    await browser.get('/get-session')
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
  },

  'signing up with all of them': async t => {
    const browser = await t.signedUp('user', VALUES)
    await browser.get('/get-session')
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
    await t.stores()
  },

  'other values': async t => {
    for (const values of [
      { age: 0, darkMode: false, tags: [], marks: [], settings: [], nickName: '' },
      { age: -1e15, plan: 'paid', level: 2 },
      { age: 1.0, settings: 0, bornAt: '2026-11-22T08:21:27.378Z' },
      { note: 'hidden' },
    ]) {
      const browser = await t.signedUp(JSON.stringify(values).replace(/\W/g, ''), values)
      await browser.get('/get-session')
    }
  },

  'fields of a wrong type': async t => {
    const browser = await t.signedUp()
    for (const [name, value, message, reference = UPDATED] of [
      ['nickName', 1, '[body.nickName] Invalid input: expected string, received number'],
      ['nickName', true, '[body.nickName] Invalid input: expected string, received boolean'],
      ['nickName', {}, '[body.nickName] Invalid input: expected string, received object', BROKEN],
      ['age', 'x', '[body.age] Invalid input: expected number, received string'],
      ['darkMode', 'yes', '[body.darkMode] Invalid input: expected boolean, received string'],
      ['bornAt', 0, '[body.bornAt] Invalid input: expected date, received number'],
      ['tags', 'a', '[body.tags] Invalid input: expected array, received string'],
      ['tags', ['a', 1], '[body.tags.1] Invalid input: expected string, received number'],
      ['marks', ['x'], '[body.marks.0] Invalid input: expected number, received string'],
      ['level', null, '[body.level] Invalid input: expected number, received null', BROKEN],
      ['bornAt', 'tomorrow', '[body.bornAt] Invalid ISO datetime', BROKEN],
    ]) {
      const hallpass = { ...refusal(400, 'Bad Request', 'VALIDATION_ERROR', message), headers: json }
      await browser.post('/update-user', { [name]: value }, { differs: difference('update-user-checks-types', reference, hallpass) })
    }
  },

  'JSON that is no object and no list': async t => {
    const user = settings => ({ body: `{"token":"<token#${settings.at}>","user":{"name":"Ann","email":"${t.email(settings.who)}","emailVerified":false,"image":null,"createdAt":"<start+0s>","updatedAt":"<start+0s>","nickName":null,"age":null,"darkMode":null,"bornAt":null,"settings":${settings.shown},"tags":null,"marks":null,"role":"member","plan":"free","level":1,"id":"<id#${settings.id}>"}}` })
    const differs = (at, id, who, theirs, ours) => difference('json-fields-keep-scalars', user({ at, id, who, shown: theirs }), user({ at, id, who, shown: ours }))
    await t.browser().post('/sign-up/email', newUser(t.email('a'), { settings: 'text' }), { differs: differs(1, 1, 'a', 'null', '"text"') })
    await t.browser().post('/sign-up/email', newUser(t.email('b'), { settings: false }), { differs: differs(2, 2, 'b', '0', 'false') })
  },

  'nothing, said': async t => {
    for (const name of ['nickName', 'age', 'darkMode', 'bornAt', 'settings', 'tags', 'marks', 'plan', 'note']) {
      const browser = await t.signedUp(name, { [name]: null })
      await browser.get('/get-session')
    }
  },

  'fields that are not for clients, at sign-up': async t => {
    for (const [who, values] of Object.entries({
      a: { role: 'admin' },
      b: { role: '' },
      c: { role: null },
      d: { role: 1 },
      e: { credit: 0 },
      f: { credit: null },
      g: { credit: 1 },
      h: { credit: 'x', role: 'admin', nickName: 'x' },
      i: { unknown: 1, banned: true },
    })) {
      const browser = await t.signedUp(who, values)
      await browser.get('/get-session')
    }
  },

  'errors come after those of the address and the password, and before a taken address': async t => {
    await t.signedUp()
    await t.post('/sign-up/email', newUser('x', { credit: 1 }))
    await t.post('/sign-up/email', newUser(t.email('b'), { credit: 1, password: 'short' }))
    await t.post('/sign-up/email', newUser(t.email(), { credit: 1 }))
    await t.post('/sign-up/email', newUser(t.email(), {}))
  },

  'updating': async t => {
    const browser = await t.signedUp()
    for (const [name, value] of Object.entries(VALUES)) {
      await browser.post('/update-user', { [name]: value })
      await browser.get('/get-session')
    }
    await browser.post('/update-user', { name: 'Bo', nickName: 'b', plan: 'paid', level: 3, note: 'x' })
    await browser.get('/get-session')
    for (const name of Object.keys(VALUES)) await browser.post('/update-user', { [name]: null })
    await browser.post('/update-user', { plan: null })
    await browser.get('/get-session')
  },

  'updating what is not for clients': async t => {
    const browser = await t.signedUp()
    for (const values of [{ role: 'admin' }, { credit: 1 }, { role: '' }, { role: null, credit: 0 }, { role: 'admin', nickName: 'x' }, { nickName: 'x', credit: '' }, { name: 'Bo', role: 'admin' }, { unknown: 1 }]) {
      await browser.post('/update-user', values)
      await browser.get('/get-session')
    }
    await browser.post('/update-user', { role: 'admin', email: 'x' })
  },

  'a form': async t => {
    const body = new URLSearchParams({ ...newUser(t.email()), nickName: 'Formy', plan: 'x', role: 'admin' })
    await t.post('/sign-up/email', undefined, { body: body.toString(), type: 'application/x-www-form-urlencoded' })
    await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
  },

  'the official client': async t => {
    const { call } = t.client()
    await call('signUp.email', client => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD, nickName: 'A', bornAt: new Date(0) }))
    await call('getSession', client => client.getSession())
    await call('updateUser', client => client.updateUser({ nickName: 'B', bornAt: null }))
    await call('getSession', client => client.getSession())
    await call('updateUser, not for clients', client => client.updateUser({ role: 'admin' }))
  },
}

const REQUIRED = { country: { type: 'string', required: true }, city: { type: 'string', required: true }, secret: { type: 'string', required: true, input: false } }
const required = {
  'a required field': async t => {
    await t.signedUp()
    await t.signedUp('user', { city: 'Berlin' })
    await t.signedUp('user', { country: 'DE' })
    await t.signedUp('user', { country: 'DE', city: 'Berlin' })
    await t.signedUp('user', { country: 'DE', city: 'Berlin', secret: 'x' })
    await t.stores()
  },
  'a required field, afterwards': async t => {
    const browser = await t.signedUp('a', { country: 'DE', city: '' })
    await browser.post('/update-user', { country: 'FR' })
    await browser.post('/update-user', { name: 'Bo' })
    await browser.get('/get-session')
  },
}

const UNIQUE = { handle: { type: 'string', required: false, unique: true } }
const unique = {
  'a unique field': async t => {
    await t.signedUp('user', { handle: 'ann' })
    const bob = await t.signedUp('bob', { handle: 'bob' })
    await t.signedUp('cai', { handle: 'Ann' })
    await t.signedUp('dee')
    await t.signedUp('eve')
    await t.signedUp('fay', { handle: null })
    await t.signedUp('gus', { handle: 'ann' })
    await bob.post('/update-user', { handle: 'bob' })
    await bob.post('/update-user', { handle: 'ann', name: 'Eve' }, { differs: difference('taken-field-is-told', BROKEN, { ...refusal(422, 'Unprocessable Entity', 'FAILED_TO_UPDATE_USER', 'Failed to update user'), headers: json }) })
    await bob.get('/get-session')
    await bob.post('/update-user', { handle: null })
    await t.signedUp('gus', { handle: 'bob' })
    await t.stores()
  },
}

const hidden = {
  'a taken address looks as a free one': async t => {
    for (const who of ['ann', 'ann', 'bob']) await t.post('/sign-up/email', newUser(t.email(who), { ...VALUES, plan: 'paid' }))
    for (const who of ['ann', 'cai']) await t.post('/sign-up/email', newUser(t.email(who), { nickName: null, note: 'x' }))
    await t.stores({ name: 'hidden-sign-ups-cost-alike', reference: { body: '{"user":3,"session":0,"account":3,"verification":0}' }, hallpass: { body: '{"user":3,"session":0,"account":3,"verification":2}' } })
  },
}

export default [
  { options, scenarios: fields },
  { name: 'required', options: { ...DEFAULTS, user: { additionalFields: REQUIRED } }, scenarios: required },
  { name: 'unique', options: { ...DEFAULTS, user: { additionalFields: UNIQUE } }, scenarios: unique },
  { name: 'hidden', options: { ...options, emailAndPassword: { enabled: true, autoSignIn: false } }, scenarios: hidden },
]
