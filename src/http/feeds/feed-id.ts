const encoder = new TextEncoder()

/**
 * The id of an alert in the feeds of one language: an entry in another language is another entry (RFC 4287 §4.2.6). It is
 * a UUIDv5 (RFC 9562 §5.5) of the language in the namespace of the alert's own UUID, so it outlives a change of address.
 */
export async function feedEntryId(alertId: string, language: string): Promise<string> {
  const namespace = Uint8Array.from(alertId.replaceAll('-', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  const name = encoder.encode(language)
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-1', new Uint8Array([...namespace, ...name])))
  // The version and the variant stand where RFC 9562 §4 has them.
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  const hex = [...hash.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return `urn:uuid:${hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}`
}
