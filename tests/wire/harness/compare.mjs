import { isDeepStrictEqual } from 'node:util'

const LONGEST_SHOWN = 1000

/** What `no-store-everywhere` in docs/compatibility.md promises: these must say no-store on our side. */
const mustNotStore = trace => trace.cookies?.length > 0 || trace.status === 401

/**
 * Compares the traces of one scenario on both servers.
 *
 * @param {Step[]} reference @param {Step[]} hallpass steps as the Scenario records them: `{ label, trace, differs }`
 * @param {import('./ledger.mjs').Ledger} ledger
 * @returns {string[]} what is wrong, each ready to print
 */
export function compare(reference, hallpass, ledger) {
  return compareSteps(reference, hallpass, (theirs, ours) => compareStep(theirs, ours, ledger))
}

/** Compares two runs on the same kind of server, which must not differ at all. */
export function compareSelf(one, other) {
  return compareSteps(one, other, compareSelfStep)
}

export function compareSelfStep({ trace: one }, { trace: other }) {
  const [fields, others] = [flatten(one), flatten(other)]
  return Object.keys({ ...fields, ...others }).filter(field => !isDeepStrictEqual(fields[field], others[field])).map(field => show(field, fields[field], others[field]))
}

function compareSteps(reference, hallpass, compareStep) {
  const problems = []
  for (let i = 0; i < Math.max(reference.length, hallpass.length); i++) {
    const theirs = reference[i]
    const ours = hallpass[i]
    if (ours?.label !== theirs?.label) {
      problems.push(`step ${i + 1}: the scenario took different roads: ${theirs?.label ?? 'none'} / ${ours?.label ?? 'none'}`)
      break
    }
    const found = compareStep(theirs, ours)
    if (found.length > 0) problems.push(`step ${i + 1}: ${theirs.label}\n${found.join('\n')}`)
  }
  return problems
}

/** Compares two steps; `differs` of the first says how they may differ, by one name of docs/compatibility.md or several. */
export function compareStep({ trace: theirTrace, differs }, { trace: ourTrace }, ledger) {
  const problems = differs ? [differs.name].flat().flatMap(name => ledger.show(name)) : []
  const theirs = flatten(theirTrace)
  const ours = flatten(ourTrace)
  const expected = { reference: flatten(differs?.reference ?? {}), hallpass: flatten(differs?.hallpass ?? {}) }

  if (ours['headers.cache-control'] === 'no-store' && theirs['headers.cache-control'] === undefined) {
    problems.push(...ledger.show('no-store-everywhere'))
    delete ours['headers.cache-control']
  } else if (mustNotStore(ourTrace) && ours['headers.cache-control'] !== 'no-store') {
    problems.push(show('headers.cache-control (no-store-everywhere)', theirs['headers.cache-control'], ours['headers.cache-control']))
  }

  for (const field of new Set([...Object.keys(theirs), ...Object.keys(ours), ...Object.keys(expected.reference), ...Object.keys(expected.hallpass)])) {
    const annotated = field in expected.reference || field in expected.hallpass
    const equal = isDeepStrictEqual(theirs[field], ours[field])
    if (!annotated) {
      if (!equal) problems.push(show(field, theirs[field], ours[field]))
      continue
    }
    if (equal) problems.push(`    ${field}: "${differs.name}" no longer differs here: both are ${JSON.stringify(ours[field])}`)
    if (!isDeepStrictEqual(theirs[field], expected.reference[field]) || !isDeepStrictEqual(ours[field], expected.hallpass[field])) {
      problems.push(`${show(field, theirs[field], ours[field])}\n    but "${differs.name}" was annotated with\n${show(field, expected.reference[field], expected.hallpass[field])}`)
    }
  }
  if (differs && Object.keys(expected.reference).length + Object.keys(expected.hallpass).length === 0) {
    problems.push(`    "${differs.name}" is annotated with no values`)
  }
  return problems
}

/** What of an annotation's reference side does not hold; for runs without hallpass. */
export function checkReference(steps) {
  return steps.flatMap(({ label, trace, differs }, i) => {
    const actual = flatten(trace)
    return Object.entries(flatten(differs?.reference ?? {}))
      .filter(([field, value]) => !isDeepStrictEqual(actual[field], value))
      .map(([field, value]) => `step ${i + 1}: ${label}\n    ${field} is ${JSON.stringify(actual[field])}\n    but was annotated with ${JSON.stringify(value)}`)
  })
}

function flatten({ headers = {}, ...rest }) {
  const fields = Object.fromEntries(Object.entries(headers).map(([name, value]) => [`headers.${name}`, value]))
  return Object.fromEntries(Object.entries({ ...rest, ...fields }).filter(([, value]) => value !== undefined))
}

function show(field, theirs, ours) {
  const text = value => {
    const written = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none')
    return written.length > LONGEST_SHOWN ? `${written.slice(0, LONGEST_SHOWN)}… (${written.length})` : written
  }
  return `    ${field}\n      better-auth: ${text(theirs)}\n      hallpass:    ${text(ours)}`
}
