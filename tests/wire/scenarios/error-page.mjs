import { DEFAULTS } from '../harness/options.mjs'

const QUERIES = [
  '', '?', '?error=', '?error=access_denied', '?error=ACCESS_DENIED', "?error=it's", '?error=a-b_c', '?error=a%20b', '?error=%3Cscript%3E', '?error=a&error=b', '?error=a.b', '?error=%C3%A9', '?error=a%00', '?error=a%0Ab', '?error=a%0A', '?error=' + 'a'.repeat(500),
  '?error=a&error_description=', '?error=a&error_description=plain', '?error=a&error_description=some%20words', '?error=a&error_description=%3Cb%3E%26%22%27', '?error=a&error_description=%C3%A9%F0%9F%91%8D', '?error=a&error_description=a%26b%3Dc%23d', '?error=a&error_description=%zz', '?error=a&error_description=%ff',
  "?error=a&error_description=it's%20(~*!)", '?error=a&error_description=a+b', '?error=a&error_description=x&error_description=y', '?error_description=alone', '?error_description=x&error=a', '?error=a&state=b&other=c', '?ERROR=a', '?error=a;error_description=b', '?error=a#b',
]

async function ask(t) {
  for (const query of QUERIES) await t.get(`/error${query}`)
}

export default [
  { options: DEFAULTS, scenarios: { 'to the home page': ask } },
  ...['/oops', '/oops?a=b', '/oops?a=b&', '/oops#part', '/oops?', 'https://errors.example.com', 'https://errors.example.com/x?y=z#w', 'http://localhost:3000/é'].map(errorURL => ({
    options: { ...DEFAULTS, onAPIError: { errorURL } },
    scenarios: {
      [`to ${errorURL}`]: async t => {
        for (const query of ['', '?error=access_denied', '?error=a%20b', '?error=a&error_description=some%20words%20%26%20more']) await t.get(`/error${query}`)
      },
    },
  })),
]
