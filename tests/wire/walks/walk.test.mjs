import assert from 'node:assert/strict'
import test from 'node:test'
import { configuration } from './configurations.mjs'
import { ACTIONS, describe, plan, shrink } from './walk.mjs'

test('a seed always plans the same walk, and another seed another', () => {
  assert.deepEqual(plan(7, 30), plan(7, 30))
  assert.notDeepEqual(plan(7, 30), plan(8, 30))
  assert.deepEqual(configuration(7), configuration(7))
  assert.deepEqual(plan(7, 30).slice(0, 10), plan(7, 10), 'a shorter walk is the beginning of a longer one')
})

test('500 walks take every step there is, and try most options', () => {
  const walks = Array.from({ length: 500 }, (_, seed) => plan(seed, 30, configuration(Math.floor(seed / 20)).plugins.map(({ id }) => id)))
  const taken = new Set(walks.flat().map(step => step.do))
  assert.deepEqual([...taken].sort(), Object.keys(ACTIONS).sort())
  const options = new Set(Array.from({ length: 25 }, (_, seed) => JSON.stringify(configuration(seed))))
  assert.ok(options.size > 15, `${options.size}`)
})

test('a walk is shrunk to the steps that matter', async () => {
  const steps = Array.from({ length: 30 }, (_, i) => i)
  let tries = 0
  const shortest = await shrink(steps, async some => {
    tries += 1
    return some.includes(3) && some.includes(17) && some.indexOf(3) < some.indexOf(17)
  })
  assert.deepEqual(shortest, [3, 17])
  assert.ok(tries < 60, `${tries}`)
})

test('a step is told in one line', () => {
  assert.equal(describe({ do: 'sign in', by: 'A', who: 1, rememberMe: undefined }), 'A: sign in {"who":1}')
  assert.equal(describe({ do: 'sign out', by: 'B' }), 'B: sign out')
})
