const wanted = 'an address such as https://alerts.example is wanted'

/** What is wrong with the address that readers are to see, in a sentence, or null. */
export function publicUrlFault(text: string): string | null {
  // A URL parser would take such characters out, or turn backslashes round, without a word.
  if (!/^https?:\/\/[^/\\\s\p{Cc}]+/iu.test(text) || /[\s\p{Cc}\\]/u.test(text) || !URL.canParse(text)) return wanted
  const { username, password, pathname } = new URL(text)
  if (username !== '' || password !== '' || text.includes('@'))
    return 'no user name or password is wanted in it: it stands in every link'
  return pathname === '/' && !/[?#]/.test(text)
    ? null
    : 'only scheme, host and port are wanted, without a path, a query or a fragment'
}

/** The origin of an address without a fault. */
export function publicOrigin(text: string): string {
  return new URL(text).origin
}
