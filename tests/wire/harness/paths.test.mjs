import assert from 'node:assert/strict'
import test from 'node:test'
import { EVERYTHING } from '../generated/coverage.mjs'
import { neverCalled, pathsOfReference } from './paths.mjs'

test('a path that nobody called is told, and one that varies is called by any', () => {
  const declared = ['/ok', '/reset-password', '/reset-password/:token', '/sign-in/email']
  assert.deepEqual(neverCalled(declared, new Set(['/ok', '/reset-password/abc', '/sign-in/email'])), ['/reset-password'])
  assert.deepEqual(neverCalled(declared, new Set(['/ok', '/reset-password', '/sign-in/email/x'])), ['/reset-password/:token', '/sign-in/email'])
})

test('of better-auth are read its core and every plugin, but what providers and pages use', async () => {
  const paths = await pathsOfReference(EVERYTHING)
  for (const path of ['/sign-up/email', '/verify-password', '/delete-user/callback', '/forget-password/email-otp', '/multi-session/revoke', '/jwks', '/open-api/generate-schema']) assert.ok(paths.includes(path), path)
  for (const path of ['/callback/:id', '/error', '/sign-in/social', undefined]) assert.ok(!paths.includes(path), path)
})
