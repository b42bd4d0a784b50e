/** Scenarios whose requests workerd reads, joins or answers itself before the Worker has them; and how. */
export const READ_BY_WORKERD = {
  'bodies: several content types': 'headers that are repeated are joined with a comma',
  'client: a client that Node’s own fetch makes: Fetch Metadata, but no Origin': 'an answer is compressed for who takes that',
  'cookies-in: several Cookie lines': 'headers that are repeated are joined with a comma',
  'origins: no Origin': 'an empty header is as none',
  'origins: several Origin or Referer lines': 'an empty header is as none',
  'origins: several Referer lines, the first of them good': 'headers that are repeated are joined with a comma',
  'origins: Fetch Metadata, other headers and routes': 'an empty header is as none',
  'plugin-magic-link: links that are none': 'bytes of a path that are not ASCII are escaped',
  'routes: dot segments': 'a path is normalised as the URL standard has it',
  'routes: backslashes': 'a path is normalised as the URL standard has it',
  'routes: characters that no request target has': 'a path is escaped as the URL standard has it',
  'routes: the whole URL as target': 'it is taken for the URL',
  'sign-up: where the session says it is from': 'bytes of a header that are not UTF-8 are replaced',
}
