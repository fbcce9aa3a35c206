/**
 * The Huffman code of HPACK's strings (RFC 7541 Appendix B). It is canonical, so the lengths of the codes (in bits)
 * define it. 257 symbols: the bytes, and the end-of-string symbol, whose code is only padding.
 */
const lengths = Uint8Array.of(
  ...[13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28],
  ...[28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  ...[6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6],
  ...[5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10],
  ...[13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
  ...[7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  ...[15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5],
  ...[6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  ...[20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23],
  ...[24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24],
  ...[22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23],
  ...[21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23],
  ...[26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25],
  ...[19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27],
  ...[20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  ...[26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
  30,
)
const end = 256
const bitsMax = 30
const padMax = 7

/** For each length: the first code, the number of codes, and their symbols in order. */
const firstCode = new Uint32Array(bitsMax + 2)
const symbols: readonly (readonly number[])[] = Array.from({ length: bitsMax + 1 }, (_, bits) =>
  [...lengths.keys()].filter((symbol) => lengths[symbol] === bits),
)
for (let bits = 1; bits <= bitsMax; bits += 1)
  firstCode[bits + 1] = ((firstCode[bits] ?? 0) + (symbols[bits]?.length ?? 0)) << 1

/** Decodes a Huffman-coded string (RFC 7541 §5.2). Throws when it is invalid. */
export function decodeHuffman(bytes: Uint8Array): string {
  let text = ''
  let code = 0
  let bits = 0
  for (const byte of bytes)
    for (let at = 7; at >= 0; at -= 1) {
      code = (code << 1) | ((byte >> at) & 1)
      bits += 1
      const symbol = symbols[bits]?.[code - (firstCode[bits] ?? 0)]
      if (symbol === undefined) {
        if (bits >= bitsMax) throw new Error('a header is not in the Huffman code')
        continue
      }
      if (symbol === end) throw new Error('a header has the end in its Huffman code')
      text += String.fromCharCode(symbol)
      code = 0
      bits = 0
    }
  if (bits > padMax || code !== (1 << bits) - 1) throw new Error('a header is padded wrongly')
  return text
}
