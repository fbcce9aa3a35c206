import { decodeHuffman } from './huffman.ts'

/** HPACK (RFC 7541), as far as sending pushes needs it: short requests that are nearly alike, and short responses. */

/** The static table (RFC 7541 Appendix A): names, some with values. */
const staticTable: readonly (readonly [name: string, value: string])[] = [
  ...(
    ':authority| :method|GET :method|POST :path|/ :path|/index.html :scheme|http :scheme|https :status|200 ' +
    ':status|204 :status|206 :status|304 :status|400 :status|404 :status|500 accept-charset| ' +
    'accept-encoding|gzip,_deflate accept-language| accept-ranges| accept| access-control-allow-origin| age| allow| ' +
    'authorization| cache-control| content-disposition| content-encoding| content-language| content-length| ' +
    'content-location| content-range| content-type| cookie| date| etag| expect| expires| from| host| if-match| ' +
    'if-modified-since| if-none-match| if-range| if-unmodified-since| last-modified| link| location| max-forwards| ' +
    'proxy-authenticate| proxy-authorization| range| referer| refresh| retry-after| server| set-cookie| ' +
    'strict-transport-security| transfer-encoding| user-agent| vary| via| www-authenticate|'
  )
    .split(' ')
    .map((line): readonly [string, string] => {
      const [name = '', value = ''] = line.split('|')
      return [name, value.replace('_', ' ')]
    }),
]
const staticNames = new Map(staticTable.map(([name], at) => [name, at + 1]).reverse() as [string, number][])
const dynamicFrom = staticTable.length + 1
const entryBytes = 32
const tableBytesMax = 4_096
/** What a field takes at most beside its name and value: their lengths, and a change of the table's size. */
export const fieldBytesMax = 16

/** The dynamic table, as both sides keep it: the newest entry first, the oldest evicted. */
class Table {
  readonly #entries: (readonly [name: string, value: string])[] = []
  /** Counts the changes of the table: as long as it stays the same, an index means the same header. */
  version = 0
  #bytes = 0
  #bytesMax = tableBytesMax

  get bytesMax(): number {
    return this.#bytesMax
  }

  limit(bytesMax: number): void {
    this.#bytesMax = bytesMax
    this.version += 1
    this.#shrink(0)
  }

  add(name: string, value: string): void {
    const bytes = name.length + value.length + entryBytes
    this.version += 1
    this.#shrink(bytes)
    if (bytes > this.#bytesMax) return
    this.#entries.unshift([name, value])
    this.#bytes += bytes
  }

  at(index: number): readonly [name: string, value: string] {
    const found = index < dynamicFrom ? staticTable[index - 1] : this.#entries[index - dynamicFrom]
    if (found === undefined) throw new Error('a header is not in the table')
    return found
  }

  /** The index of a header in the table, or 0. */
  indexOf(name: string, value: string): number {
    const at = this.#entries.findIndex(([its, of]) => its === name && of === value)
    return at < 0 ? 0 : at + dynamicFrom
  }

  #shrink(room: number): void {
    while (this.#bytes + room > this.#bytesMax) {
      const oldest = this.#entries.pop()
      if (oldest === undefined) return
      this.#bytes -= oldest[0].length + oldest[1].length + entryBytes
    }
  }
}

/** Headers that many requests have, with their encoded bytes as long as the table of the connection stays the same. */
export class HeaderGroup {
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** The most bytes that they are encoded in. */
  readonly bytesMax: number
  encoded: { readonly bytes: Uint8Array; readonly version: number } | null = null

  constructor(fields: HeaderGroup['fields']) {
    this.fields = fields
    this.bytesMax = fields.reduce((sum, [name, value]) => sum + name.length + value.length + fieldBytesMax, 0)
  }
}

/** Encodes the requests of one connection. A repeated header takes one byte from its second time on. */
export class HeaderEncoder {
  readonly #table = new Table()
  #lowest: number | null = null

  /** Called with the peer's SETTINGS_HEADER_TABLE_SIZE. */
  limit(bytesMax: number): void {
    const bytes = Math.min(bytesMax, tableBytesMax)
    if (bytes === this.#table.bytesMax) return
    this.#table.limit(bytes)
    this.#lowest = Math.min(this.#lowest ?? bytes, bytes)
  }

  /**
   * Writes a header block into `into` from index `at`, and gives the index after it. `changing` names headers whose
   * value will not be repeated. Names are lower case, values printable ASCII.
   */
  encode(
    into: Buffer,
    at: number,
    headers: Iterable<readonly [name: string, value: string]>,
    changing: ReadonlySet<string>,
  ): number {
    let end = at
    if (this.#lowest !== null) {
      // The peer must evict what we evicted, even when the limit has risen again since (RFC 7541 §4.2).
      if (this.#lowest < this.#table.bytesMax) end = writeInteger(into, end, 0x20, 5, this.#lowest)
      end = writeInteger(into, end, 0x20, 5, this.#table.bytesMax)
      this.#lowest = null
    }
    for (const [name, value] of headers) {
      const index = this.#table.indexOf(name, value)
      if (index > 0) end = writeInteger(into, end, 0x80, 7, index)
      else if (changing.has(name)) end = writeLiteral(into, end, 0x00, 4, name, value)
      else {
        end = writeLiteral(into, end, 0x40, 6, name, value)
        this.#table.add(name, value)
      }
    }
    return end
  }

  /** Writes a group of headers as `encode` does, usually by copying what it has written before. A group is of one connection. */
  encodeGroup(into: Buffer, at: number, group: HeaderGroup, changing: ReadonlySet<string>): number {
    const { encoded } = group
    const { version } = this.#table
    if (encoded !== null && encoded.version === version && this.#lowest === null) {
      into.set(encoded.bytes, at)
      return at + encoded.bytes.length
    }
    const isResized = this.#lowest !== null
    const end = this.encode(into, at, group.fields, changing)
    // Fields that were put into the table now have an index from the next time on.
    const isSame = !isResized && version === this.#table.version
    group.encoded = isSame ? { bytes: Uint8Array.prototype.slice.call(into, at, end), version } : null
    return end
  }
}

/** Decodes the responses of one connection. */
export class HeaderDecoder {
  readonly #table = new Table()

  /** Calls `each` with every header of a block. Throws when the block is invalid: the connection is unusable then. */
  decode(block: Uint8Array, each: (name: string, value: string) => void): void {
    const read = new BlockReader(block)
    while (!read.done) {
      const first = read.peek()
      if (first >= 0x80) each(...this.#table.at(read.integer(7)))
      else if (first >= 0x40) {
        const header = this.#literal(read, 6)
        this.#table.add(...header)
        each(...header)
      } else if (first >= 0x20) {
        const bytes = read.integer(5)
        if (bytes > tableBytesMax) throw new Error('a header table larger than allowed')
        this.#table.limit(bytes)
      } else each(...this.#literal(read, 4))
    }
  }

  #literal(read: BlockReader, bits: number): readonly [string, string] {
    const index = read.integer(bits)
    const name = index === 0 ? read.text() : this.#table.at(index)[0]
    return [name, read.text()]
  }
}

class BlockReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  peek(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new Error('a header block ends too early')
    return byte
  }

  /** Reads an integer whose first byte has some bits of it (RFC 7541 §5.1). */
  integer(bits: number): number {
    const most = (1 << bits) - 1
    let value = this.#next() & most
    if (value < most) return value
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#next()
      value += (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new Error('a number in a header block is too long')
  }

  text(): string {
    const isCoded = this.peek() >= 0x80
    const length = this.integer(7)
    const bytes = this.#bytes.subarray(this.#at, this.#at + length)
    if (bytes.length < length) throw new Error('a header block ends too early')
    this.#at += length
    return isCoded ? decodeHuffman(bytes) : Buffer.from(bytes).toString('latin1')
  }

  #next(): number {
    const byte = this.peek()
    this.#at += 1
    return byte
  }
}

function writeLiteral(into: Buffer, at: number, mark: number, bits: number, name: string, value: string): number {
  const index = staticNames.get(name) ?? 0
  let end = writeInteger(into, at, mark, bits, index)
  if (index === 0) end = writeText(into, end, name)
  return writeText(into, end, value)
}

function writeText(into: Buffer, at: number, text: string): number {
  const from = writeInteger(into, at, 0x00, 7, text.length)
  return from + into.write(text, from, 'latin1')
}

function writeInteger(into: Buffer, at: number, mark: number, bits: number, value: number): number {
  const most = (1 << bits) - 1
  if (value < most) {
    into[at] = mark | value
    return at + 1
  }
  into[at] = mark | most
  let rest = value - most
  let end = at + 1
  while (rest >= 0x80) {
    into[end] = (rest & 0x7f) | 0x80
    rest >>>= 7
    end += 1
  }
  into[end] = rest
  return end + 1
}
