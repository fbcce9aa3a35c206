/** A field of a protocol buffer: its number and a varint, a `fixed64` or bytes (protobuf.dev/programming-guides/encoding). */
export type Field = readonly [
  number: number,
  value: number | bigint | Uint8Array | string | { readonly fixed64: bigint },
]

export function varint(value: number | bigint): Buffer {
  const bytes: number[] = []
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 0x80n) return Buffer.from([...bytes, Number(rest)])
    bytes.push(Number(rest & 0x7fn) | 0x80)
  }
}

export function message(...fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.flatMap(([number, value]) => encoded(number, value)))
}

function encoded(number: number, value: Field[1]): readonly Buffer[] {
  if (typeof value === 'number' || typeof value === 'bigint') return [varint(number << 3), varint(value)]
  if (typeof value === 'object' && 'fixed64' in value) {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64LE(value.fixed64)
    return [varint((number << 3) | 1), bytes]
  }
  const bytes = Buffer.from(value as Uint8Array)
  return [varint((number << 3) | 2), varint(bytes.length), bytes]
}

/** Reads a varint at a place; null when it is not there whole. */
export function readVarint(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } | null {
  let value = 0
  for (let next = at, factor = 1; next < bytes.length; next += 1, factor *= 128) {
    const byte = bytes[next] ?? 0
    value += (byte & 0x7f) * factor
    if (byte < 0x80) return { value, next: next + 1 }
  }
  return null
}
