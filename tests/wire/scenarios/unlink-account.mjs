import { DEFAULTS, PASSWORD } from '../harness/options.mjs'

const DAY = 86_400

const unlinking = {
  'the last account stays': async t => {
    const browser = await t.signedUp()
    const [account] = (await browser.get('/list-accounts')).json
    const other = await t.signedUp('other')
    for (const accountId of [account.id, account.accountId, 'x', '']) {
      await browser.post('/unlink-account', { accountId })
      await other.post('/unlink-account', { accountId })
    }
    await browser.get('/list-accounts')
    await t.stores()
  },

  'bodies': async t => {
    const browser = await t.signedUp()
    for (const body of [undefined, null, [], 'x', {}, { accountId: 1 }, { accountId: null }, { providerId: 1 }, { accountId: 1, providerId: 2 }, { accountId: 'x', providerId: 1 }, { accountId: 'x', providerId: null }]) {
      await browser.post('/unlink-account', body)
      await t.post('/unlink-account', body)
    }
    await browser.post('/unlink-account', undefined, { body: '{bad', type: 'application/json' })
  },

  'as up to version 1.6': async t => {
    const browser = await t.signedUp()
    const [account] = (await browser.get('/list-accounts')).json
    await browser.post('/unlink-account', { providerId: 'credential', accountId: account.accountId })
    await browser.post('/unlink-account', { providerId: 'credential' }, {
      differs: {
        name: 'unlink-by-provider',
        reference: { body: '{"message":"[body.accountId] Invalid input: expected string, received undefined","code":"VALIDATION_ERROR"}' },
        hallpass: { body: '{"message":"You can\'t unlink your last account","code":"FAILED_TO_UNLINK_LAST_ACCOUNT"}' },
      },
    })
  },

  'nobody signed in, and too old a session': async t => {
    await t.post('/unlink-account', { accountId: 'x' })
    const browser = await t.signedUp()
    await t.advance(DAY - 60)
    await browser.post('/unlink-account', { accountId: 'x' })
    await t.advance(120)
    await browser.post('/unlink-account', { accountId: 'x' })
    await browser.post('/unlink-account', {})
    const again = await t.signedIn()
    await again.post('/unlink-account', { accountId: 'x' })
  },

  'origins': async t => {
    const browser = await t.signedUp()
    for (const origin of [null, '', 'https://evil.example']) await browser.post('/unlink-account', { accountId: 'x' }, { headers: { origin }, note: String(origin) })
  },

  'the official client': async t => {
    const { client, call } = t.client()
    await call('unlinkAccount, signed out', () => client.unlinkAccount({ accountId: 'x' }))
    await call('signUp.email', () => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
    const { data: [account] } = await client.listAccounts()
    await call('unlinkAccount, the last', () => client.unlinkAccount({ accountId: account.id }))
    await call('unlinkAccount, nobody’s', () => client.unlinkAccount({ accountId: 'x' }))
  },
}

export default [
  { options: DEFAULTS, scenarios: unlinking },
  {
    options: { ...DEFAULTS, account: { accountLinking: { allowUnlinkingAll: true } } },
    scenarios: {
      'the last account goes where that is allowed': async t => {
        const browser = await t.signedUp()
        const [account] = (await browser.get('/list-accounts')).json
        const other = await t.signedUp('other')
        await other.post('/unlink-account', { accountId: account.id })
        await browser.post('/unlink-account', { accountId: 'x' })
        await browser.post('/unlink-account', { accountId: account.id })
        await browser.post('/unlink-account', { accountId: account.id })
        await browser.get('/list-accounts')
        await browser.get('/get-session')
        await t.post('/sign-in/email', { email: t.email(), password: PASSWORD })
        await t.stores()
      },

      'the official client': async t => {
        const { client, call } = t.client()
        await call('signUp.email', () => client.signUp.email({ name: 'Ann', email: t.email(), password: PASSWORD }))
        const { data: [account] } = await client.listAccounts()
        await call('unlinkAccount', () => client.unlinkAccount({ accountId: account.id }))
        await call('listAccounts', () => client.listAccounts())
      },
    },
  },
]
