/** With a longer one a notification's payload has no room for the story that its link leads to. */
const charsMax = 200

const wanted = 'an address such as https://alerts.example is wanted'

/** Why a text cannot be PUBLIC_URL, in a sentence; null: it can. */
export function publicUrlFault(text: string): string | null {
  if (text.length > charsMax) return `it has at most ${charsMax} characters`
  // A URL parser removes such characters and replaces backslashes, without an error.
  if (!/^https?:\/\/[^/\\\s\p{Cc}]+/iu.test(text) || /[\s\p{Cc}\\]/u.test(text) || !URL.canParse(text)) return wanted
  const { username, password, pathname } = new URL(text)
  if (username !== '' || password !== '' || text.includes('@'))
    return 'no user name or password is wanted in it: it stands in every link'
  return pathname === '/' && !/[?#]/.test(text)
    ? null
    : 'only scheme, host and port are wanted, without a path, a query or a fragment'
}

/** The origin of a valid PUBLIC_URL. */
export function publicOrigin(text: string): string {
  return new URL(text).origin
}
