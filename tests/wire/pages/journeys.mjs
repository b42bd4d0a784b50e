// What people do on a page. `shows` waits until the page, by `useSession`, shows who is signed in.

/** Everything that a signed-in user can do without mail. */
async function core({ call, shows, email, password }) {
  await shows('nobody')
  await call('signUp.email', client => client.signUp.email({ name: 'Ann', email, password }))
  await shows(`Ann <${email}>`)
  await call('updateUser', client => client.updateUser({ name: 'Bea', image: 'https://example.com/b.png' }))
  await shows(`Bea <${email}>`)
  await call('getSession', client => client.getSession())
  await call('signOut', client => client.signOut())
  await shows('nobody')
  await call('signIn.email, wrong password', client => client.signIn.email({ email, password: 'wrong password' }))
  await shows('nobody')
  await call('signIn.email', client => client.signIn.email({ email, password }))
  await shows(`Bea <${email}>`)
  await call('listSessions', client => client.listSessions())
  await call('listAccounts', client => client.listAccounts())
  await call('verifyPassword', client => client.$fetch('/verify-password', { method: 'POST', body: { password } }))
  await call('changePassword', client => client.changePassword({ currentPassword: password, newPassword: 'another password', revokeOtherSessions: true }))
  await shows(`Bea <${email}>`)
  await call('revokeOtherSessions', client => client.revokeOtherSessions())
  await call('revokeSession', client => client.revokeSession({ token: 'nobody has this token' }))
  await call('revokeSessions', client => client.revokeSessions())
  await shows('nobody')
  await call('signIn.email, remember not', client => client.signIn.email({ email, password: 'another password', rememberMe: false }))
  await shows(`Bea <${email}>`)
  await call('deleteUser', client => client.deleteUser({ password: 'another password' }))
  await shows('nobody')
  await call('signIn.email, deleted', client => client.signIn.email({ email, password: 'another password' }))
}

export default {
  'the core': { options: { user: { deleteUser: { enabled: true } } }, run: core },
  'the core, deferred refresh': { options: { user: { deleteUser: { enabled: true } }, session: { deferSessionRefresh: true } }, run: core },
}
