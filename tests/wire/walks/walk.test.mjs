import assert from 'node:assert/strict'
import test from 'node:test'
import { configuration, PLUGINS, SWITCHES } from './configurations.mjs'
import { Random } from './random.mjs'
import { features } from './session-configurations.mjs'
import { FIXED_WALKS, TOGETHER } from './run.mjs'
import { ACTIONS, describe, plan, shrink } from './walk.mjs'

test('a seed always plans the same walk, and another seed another', () => {
  assert.deepEqual(plan(7, 30), plan(7, 30))
  assert.notDeepEqual(plan(7, 30), plan(8, 30))
  assert.deepEqual(configuration(7), configuration(7))
  assert.deepEqual(plan(7, 30).slice(0, 10), plan(7, 10), 'a shorter walk is the beginning of a longer one')
})

test('500 walks take every step there is, and try most options', () => {
  const walks = Array.from({ length: 500 }, (_, seed) => plan(seed, 30, features(configuration(Math.floor(seed / TOGETHER)))))
  const taken = new Set(walks.flat().map(step => step.do))
  assert.deepEqual([...taken].sort(), Object.keys(ACTIONS).sort())
  const options = new Set(Array.from({ length: 25 }, (_, seed) => JSON.stringify(configuration(seed))))
  assert.ok(options.size > 15, `${options.size}`)
})

test('the fixed walks have every plugin, and every switch both ways', () => {
  const last = Math.floor(FIXED_WALKS / TOGETHER)
  const all = Array.from({ length: last + 1 }, (_, group) => configuration(group))
  const plugins = all.flatMap(({ plugins }) => plugins)
  assert.deepEqual([...new Set(plugins.map(({ id }) => id))].sort(), PLUGINS.map(({ id }) => id).sort())
  for (const { id, options } of PLUGINS.filter(({ options }) => options)) {
    const possible = new Set(Array.from({ length: 500 }, (_, seed) => Object.keys(options(new Random(seed)))).flat())
    const chosen = new Set(plugins.filter(plugin => plugin.id === id).flatMap(Object.keys))
    for (const name of possible) assert.ok(chosen.has(name), `${id} never has ${name}`)
  }
  for (const path of SWITCHES) {
    const chosen = all.map(options => path.split('.').reduce((value, key) => value?.[key], options))
    const values = new Set(chosen.map(value => JSON.stringify(value === undefined ? false : value)))
    assert.ok(values.size > 1, `${path} is always ${[...values]}`)
  }
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
