/** Least and greatest length of ADMIN_KEY and METRICS_KEY, in characters. */
export const adminKeyChars = [20, 200] as const
export const metricsKeyChars = [8, 1_000] as const

/** Why a key that an operator chose cannot be sent as `Authorization: Bearer` or has a wrong length, in a sentence; null: it is fine. */
export function bearerKeyFault(key: string, charsMin: number, charsMax: number): string | null {
  // A header holds bytes, and a bearer token ends at a space (RFC 9110 §5.5, RFC 6750 §2.1).
  if (!/^[!-~]*$/.test(key))
    return 'only letters without accents (A–Z, a–z), digits and signs such as - . _ ~ + / = are wanted, without spaces: a key goes into a header, and nobody could send this one'
  if (key.length < charsMin) return `at least ${charsMin} characters are wanted`
  return key.length > charsMax ? `at most ${charsMax} characters are wanted` : null
}
