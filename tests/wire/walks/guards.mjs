import { rangeURL, solved, verifyURL } from '../harness/fakes.mjs'

/** Plugins that only refuse or tell, chosen after the others. */
export const GUARDS = [
  {
    id: 'captcha',
    options: random => ({ provider: random.pick(['cloudflare-turnstile', 'google-recaptcha', 'hcaptcha', 'captchafox']), secretKey: 'the secret of the site', siteKey: 'the key of the site', siteVerifyURLOverride: verifyURL }),
  },
  { id: 'have-i-been-pwned', options: () => ({ rangeURLOverride: rangeURL }) },
  { id: 'open-api' },
]

const HEADER = 'x-captcha-response'
const ASKED_FOR = ['/sign-up/email', '/sign-in/email', '/request-password-reset']
/** What the service of breached passwords knows some of (see `harness/fakes.mjs`). */
const KNOWN = ['a breached password', 'a breached password in lower case', 'a padded password', 'a password of a sick service', 'a password that nobody knows']

/** The headers of somebody who has solved what is asked for at a path. */
export function solvedFor(t, path) {
  return ASKED_FOR.includes(path) && t.plugin('captcha') ? { [HEADER]: solved({ success: true }) } : undefined
}

/** Steps of these plugins; as `PLUGIN_ACTIONS`. */
export const GUARD_ACTIONS = {
  'come without a captcha': {
    plugin: 'captcha',
    weight: 4,
    plan: random => ({ path: random.pick(ASKED_FOR), told: random.pick([undefined, { success: false }, { success: 'yes' }, {}, { success: true }]), status: random.pick([undefined, undefined, 500]) }),
    run(world, { by, path, told, status }) {
      const headers = told && { [HEADER]: solved(told, status) }
      return world.browsers[by].post(path, { email: world.people[3].email, password: 'never anybody’s password' }, { headers })
    },
  },
  'choose a known password': {
    plugin: 'have-i-been-pwned',
    weight: 5,
    plan: random => ({ where: random.pick(['sign-up', 'change', 'reset']), which: random.next(), password: random.pick(KNOWN) }),
    async run(world, { by, where, which, password }) {
      if (where === 'sign-up') return world.post(by, '/sign-up/email', { name: 'Known', email: world.t.email(`k${world.spare++}`), password })
      const mail = world.mail('reset-password', which)
      const who = where === 'change' ? world.who[by] : world.people.findIndex(({ email }) => email === mail.to)
      const answer = where === 'change' ? await world.post(by, '/change-password', { currentPassword: world.password(who, 'right'), newPassword: password }) : await world.post(by, '/reset-password', { newPassword: password, token: mail.token })
      if (answer.status === 200) world.passwordIs(who, password)
    },
  },
  'read the document': {
    plugin: 'open-api',
    weight: 2,
    plan: random => ({ path: random.pick(['/open-api/generate-schema', '/reference']) }),
    // What they say differs by nature; scenarios compare it.
    run: (world, { path }) => world.t.glance(path, ({ status, headers }) => [status, headers['content-type']]),
  },
}
