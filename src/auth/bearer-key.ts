/** How few and how many characters the keys may have. Who has the first may publish. */
export const adminKeyChars = [20, 200] as const
export const metricsKeyChars = [8, 1_000] as const

/** What is wrong with a key that people choose and programs send as `Authorization: Bearer`, in a sentence, or null. */
export function bearerKeyFault(key: string, charsMin: number, charsMax: number): string | null {
  // A header holds bytes, and a bearer token ends at a space (RFC 9110 §5.5, RFC 6750 §2.1).
  if (!/^[!-~]*$/.test(key))
    return 'only letters without accents (A–Z, a–z), digits and signs such as - . _ ~ + / = are wanted, without spaces: a key goes into a header, and nobody could send this one'
  if (key.length < charsMin) return `at least ${charsMin} characters are wanted`
  return key.length > charsMax ? `at most ${charsMax} characters are wanted` : null
}
