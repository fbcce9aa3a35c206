// The curve P-256 (SP 800-186 §3.2.1.3): y² = x³ − 3x + b modulo p.
const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n
const b = 0x5ac635d8_aa3a93e7_b3ebbd55_769886bc_651d06b0_cc53b0f6_3bce3c3e_27d2604bn

const publicKeyBytes = 65
const uncompressedPoint = 0x04

/**
 * Whether bytes are an uncompressed public key on P-256. The curve's cofactor is 1, so a point on it is all that a key
 * agreement needs (SP 800-56A §5.6.2.3.4): encryption works for every key that passes, and for no other. Public keys
 * are not secret, so the time that this takes may depend on them.
 */
export function isPublicKey(bytes: Uint8Array): boolean {
  if (bytes.length !== publicKeyBytes || bytes[0] !== uncompressedPoint) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const x = numberAt(view, 1)
  const y = numberAt(view, 33)
  return x < p && y < p && (y * y - x * x * x + 3n * x - b) % p === 0n
}

/** The 256-bit big-endian number at that index. */
function numberAt(view: DataView, at: number): bigint {
  const word = (index: number): bigint => view.getBigUint64(at + 8 * index)
  return (word(0) << 192n) | (word(1) << 128n) | (word(2) << 64n) | word(3)
}
