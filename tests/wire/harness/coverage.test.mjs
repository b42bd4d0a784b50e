import assert from 'node:assert/strict'
import test from 'node:test'
import { uncovered } from '../generated/coverage.mjs'

test('an endpoint without a line fails, and so does a line without an endpoint', () => {
  const document = { paths: { '/ok': { get: {} }, '/reset-password/{token}': { get: {} }, '/new': { get: {}, post: {} } } }
  const lines = [['GET', '/ok'], ['GET', '/reset-password/:token'], ['GET', '/new'], ['POST', '/gone']].map(([method, path]) => ({ method, path }))
  assert.deepEqual(uncovered(document, lines), ['generated/endpoints.mjs has no line for POST /new', 'hallpass has no POST /gone'])
})
