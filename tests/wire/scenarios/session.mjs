import { DEFAULTS } from '../harness/options.mjs'

const DAY = 86_400
const withSession = session => ({ ...DEFAULTS, session })

export default [
  {
    options: DEFAULTS,
    scenarios: {
      'without a cookie': async t => {
        await t.get('/get-session')
        await t.browser().get('/get-session')
        await t.post('/get-session', {})
        await t.post('/get-session', undefined)
      },

      'a fresh session': async t => {
        const browser = await t.signedUp()
        await browser.get('/get-session')
        await browser.get('/get-session?disableRefresh=true')
        await browser.get('/get-session?disableCookieCache=true')
        await browser.post('/get-session', {})
      },

      'POST needs the option, whatever it carries': async t => {
        const browser = await t.signedUp()
        await browser.post('/get-session', {})
        await browser.post('/get-session', undefined, { body: '{bad', type: 'application/json' })
        await browser.post('/get-session', undefined, { body: 'x', type: 'text/plain' })
        await browser.post('/get-session', {}, { headers: { origin: 'https://evil.example' } })
        await t.post('/get-session', {}, { headers: { origin: 'https://evil.example' } })
      },

      'not refreshed before a day has passed': async t => {
        const browser = await t.signedUp()
        await t.advance(DAY - 120)
        await browser.get('/get-session')
      },

      'refreshed after a day': async t => {
        const browser = await t.signedUp()
        await t.advance(DAY)
        await browser.get('/get-session')
        await browser.get('/get-session')
        await t.advance(DAY - 120)
        await browser.get('/get-session')
        await t.advance(180)
        await browser.get('/get-session')
        await t.stores()
      },

      'disableRefresh leaves it as it is, whatever its value': async t => {
        const browser = await t.signedUp()
        await t.advance(2 * DAY)
        await browser.get('/get-session?disableRefresh=true')
        await browser.get('/get-session?disableRefresh=false')
        await browser.get('/get-session?disableRefresh=0')
        await browser.get('/get-session?disableRefresh=a&disableRefresh=b')
        await browser.get('/get-session?disableRefresh=')
      },

      'other queries do not': async t => {
        const browser = await t.signedUp()
        await t.advance(2 * DAY)
        await browser.get('/get-session?disablerefresh=true')
        await t.advance(2 * DAY)
        await browser.get('/get-session?disableCookieCache=true')
      },

      'kept alive by use': async t => {
        const browser = await t.signedUp()
        for (let i = 0; i < 4; i++) {
          await t.advance(6 * DAY)
          await browser.get('/get-session')
        }
        await t.advance(8 * DAY)
        await browser.get('/get-session')
      },

      'expired after a week': async t => {
        const browser = await t.signedUp()
        const before = browser.jar.copy()
        await t.advance(7 * DAY - 60)
        await browser.get('/get-session?disableRefresh=1')
        await t.advance(120)
        await browser.get('/get-session')
        await t.stores()
        await t.browser(before).get('/get-session')
      },

      'expired, with disableRefresh': async t => {
        const browser = await t.signedUp()
        await t.advance(7 * DAY + 60)
        await browser.get('/get-session?disableRefresh=1')
        await t.stores()
      },

      'expired, and other cookies of ours are there': async t => {
        const browser = await t.signedUp('user', { rememberMe: false })
        browser.jar.set('better-auth.session_data', 'x').set('better-auth.session_data.0', 'y')
        await t.advance(DAY + 60)
        await browser.get('/get-session')
      },

      'not to be remembered: a day, never refreshed': async t => {
        const browser = await t.signedUp('user', { rememberMe: false })
        await browser.get('/get-session')
        await t.advance(DAY - 60)
        await browser.get('/get-session')
        await t.advance(120)
        await browser.get('/get-session')
        await t.stores()
      },

      'not to be remembered, but its cookie got lost': async t => {
        const browser = await t.signedUp('user', { rememberMe: false })
        browser.jar.delete('better-auth.dont_remember')
        await browser.get('/get-session')
        await browser.get('/get-session?disableRefresh=1')
      },

      'to be remembered, with a cookie that says not': async t => {
        const browser = await t.signedUp()
        browser.jar.set('better-auth.dont_remember', t.sign('true'))
        await t.advance(2 * DAY)
        await browser.get('/get-session')
        browser.jar.set('better-auth.dont_remember', t.sign('true', 'another secret'))
        await browser.get('/get-session')
        await t.advance(2 * DAY)
        browser.jar.set('better-auth.dont_remember', 'true')
        await browser.get('/get-session')
      },

      'a cookie of dont_remember that is signed and says something else': async t => {
        const { jar } = await t.signedUp()
        await t.advance(2 * DAY)
        const cookie = `better-auth.session_token=${jar.get('better-auth.session_token')}; better-auth.dont_remember=${t.sign('false')}`
        const set = ['better-auth.session_token=<signed><token#1>; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax']
        const body = (expires, updated) =>
          `{"session":{"expiresAt":"<start+${expires}s>","token":"<token#1>","createdAt":"<start+0s>","updatedAt":"<start+${updated}s>","ipAddress":"203.0.113.9","userAgent":"wire/1","userId":"<id#1>","id":"<id#2>"},"user":{"name":"Ann","email":"${t.email()}","emailVerified":false,"image":null,"createdAt":"<start+0s>","updatedAt":"<start+0s>","id":"<id#1>"}}`
        const differs = {
          name: 'dont-remember-says-true',
          reference: { cookies: [], body: body(604800, 0) },
          hallpass: { cookies: set, body: body(604800 + 2 * DAY, 2 * DAY) },
        }
        await t.get('/get-session', { headers: { cookie }, differs })
      },

      'a cookie of cached data that nobody asked for is cleared': async t => {
        const browser = await t.signedUp()
        browser.jar.set('better-auth.session_data', 'x')
        await browser.get('/get-session')
        browser.jar.set('better-auth.session_data.0', 'x').set('better-auth.session_data.1', 'y')
        await browser.get('/get-session')
        await t.get('/get-session', { headers: { cookie: 'better-auth.session_data=x' } })
        await t.get('/get-session', { headers: { cookie: 'better-auth.session_data.3=x; better-auth.session_data.x=y' } })
      },

      'many sessions of one user': async t => {
        const browsers = [await t.signedUp()]
        for (let i = 0; i < 3; i++) {
          const browser = await t.signedIn()
          browsers.push(browser)
        }
        await browsers[1].post('/sign-out', {})
        for (const browser of browsers) await browser.get('/get-session')
        await t.stores()
      },
    },
  },
  {
    options: withSession({ expiresIn: 3600, updateAge: 600 }),
    scenarios: {
      'an hour, refreshed after ten minutes': async t => {
        const browser = await t.signedUp()
        await t.advance(540)
        await browser.get('/get-session')
        await t.advance(60)
        await browser.get('/get-session')
        await t.advance(3660)
        await browser.get('/get-session')
      },
      'shorter than a session not to be remembered': async t => {
        const browser = await t.signedUp('user', { rememberMe: false })
        await t.advance(7200)
        await browser.get('/get-session')
        browser.jar.delete('better-auth.dont_remember')
        await browser.get('/get-session')
      },
    },
  },
  {
    options: withSession({ updateAge: 0 }),
    scenarios: {
      'refreshed at each look': async t => {
        const browser = await t.signedUp()
        await browser.get('/get-session')
        await t.advance(60)
        await browser.get('/get-session')
        await t.advance(60)
        await browser.get('/get-session?disableRefresh=1')
      },
    },
  },
  {
    options: withSession({ disableSessionRefresh: true }),
    scenarios: {
      'never refreshed': async t => {
        const browser = await t.signedUp()
        await t.advance(3 * DAY)
        await browser.get('/get-session')
        await t.advance(5 * DAY)
        await browser.get('/get-session')
      },
    },
  },
  {
    options: withSession({ expiresIn: 86_400 * 400 }),
    scenarios: {
      'as long as a cookie may live': async t => {
        const browser = await t.signedUp()
        await browser.get('/get-session')
      },
    },
  },
  {
    options: withSession({ expiresIn: 600, updateAge: 3600 }),
    refused: { title: 'an update age beyond the life of the session', says: '3600', differs: 'strict-options' },
  },
  {
    options: withSession({ deferSessionRefresh: true }),
    scenarios: {
      'a refresh that is put off until a POST': async t => {
        const browser = await t.signedUp()
        await browser.get('/get-session')
        await browser.post('/get-session', {})
        await t.advance(2 * DAY)
        await browser.get('/get-session')
        await browser.get('/get-session?disableRefresh=1')
        await browser.post('/get-session', {})
        await browser.get('/get-session')
        await t.post('/get-session', {})
        await browser.post('/get-session', {}, { headers: { origin: 'https://evil.example' } })
        await browser.post('/get-session', undefined, { body: '{bad', type: 'text/plain' })
      },
      'expired, and a GET that must not write': async t => {
        const browser = await t.signedUp()
        await t.advance(8 * DAY)
        const expired = browser.jar.copy()
        await browser.get('/get-session')
        await t.stores()
        await t.browser(expired).post('/get-session', {})
        await t.stores()
      },
      'put off, of a session not to be remembered': async t => {
        const browser = await t.signedUp('user', { rememberMe: false })
        await browser.get('/get-session')
        await browser.post('/get-session', {})
        await t.advance(DAY - 120)
        await browser.post('/get-session', {})
        browser.jar.delete('better-auth.dont_remember')
        await browser.get('/get-session')
        await browser.post('/get-session', {})
      },
    },
  },
]
