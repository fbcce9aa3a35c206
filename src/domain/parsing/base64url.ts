/** Bytes that WebCrypto takes. */
export type Bytes = Uint8Array<ArrayBuffer>

const encoder = new TextEncoder()

/** The UTF-8 bytes of a text. */
export function utf8(text: string): Bytes {
  // Some platforms' types do not say that an encoder's memory is never shared.
  return encoder.encode(text) as Bytes
}

/** Base64url without padding (RFC 4648 §5). */
export function toBase64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  // `replaceAll` is newer than the oldest browsers that verify what they read.
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const strange = 0xff
/** The six bits of each ASCII character; `strange` for characters outside the alphabet. */
const meanings = new Uint8Array(128).fill(strange)
for (const [bits, char] of [...alphabet].entries()) meanings[char.charCodeAt(0)] = bits

/** The bytes of a canonical base64url text. Null for padding, other characters, or leftover bits that are not zero. */
export function fromBase64url(text: string): Bytes | null {
  if (text.length % 4 === 1) return null
  const bytes = new Uint8Array((text.length * 3) >> 2)
  let held = 0
  let heldBits = 0
  let filled = 0
  for (let at = 0; at < text.length; at += 1) {
    const meaning = meanings[text.charCodeAt(at)] ?? strange
    if (meaning === strange) return null
    held = (held << 6) | meaning
    heldBits += 6
    if (heldBits < 8) continue
    heldBits -= 8
    bytes[filled] = held >> heldBits
    filled += 1
    held &= (1 << heldBits) - 1
  }
  return held === 0 ? bytes : null
}
