import { CommandError } from '../shell.ts'

/** A line that cannot be sent, and why. */
export type BadLine = { readonly code: string; readonly detail: string }

/**
 * Lines that go to the service in one request: the text, and which line of the whole file is its first. A bad line is an
 * empty one in the text, so that the service's numbers hold.
 */
export type Chunk = {
  readonly firstLine: number
  readonly lines: number
  readonly text: string
  readonly bad: readonly (BadLine & { readonly line: number })[]
}

/** A line longer than this is no subscription; it is not read into memory. */
const lineBytesMax = 64 * 1_024
/** What the service takes in one request, in bytes. */
const chunkBytesMax = 1024 * 1024
const newline = 10

/** The lines of a text in UTF-8 as it comes. One that is too long, or is not UTF-8, is given as a BadLine. */
export async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<string | BadLine> {
  let pieces: Uint8Array[] = []
  let size = 0
  for await (const bytes of input) {
    for (let from = 0; ; ) {
      const end = bytes.indexOf(newline, from)
      const piece = bytes.subarray(from, end === -1 ? bytes.length : end)
      size += piece.length
      if (size > lineBytesMax) pieces = []
      else if (piece.length > 0) pieces.push(piece)
      if (end === -1) break
      yield lineIn(pieces, size)
      pieces = []
      size = 0
      from = end + 1
    }
  }
  if (size > 0) yield lineIn(pieces, size)
}

function lineIn(pieces: readonly Uint8Array[], size: number): string | BadLine {
  if (size > lineBytesMax)
    return {
      code: 'too-long',
      detail: `The line is longer than ${lineBytesMax} bytes; one subscription a line is wanted (NDJSON).`,
    }
  try {
    // The service passes over a byte-order mark.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(pieces))
  } catch {
    return { code: 'malformed-json', detail: 'The line is not UTF-8.' }
  }
}

type Sizes = { readonly linesMax: number; readonly fromLine: number }

/** Gathers lines into chunks of at most `linesMax`, from a line of the file on. No chunk is larger than the service takes. */
export async function* chunksOf(
  lines: AsyncIterable<string | BadLine>,
  { linesMax, fromLine }: Sizes,
): AsyncGenerator<Chunk> {
  let number = 0
  let firstLine = fromLine
  let gathered: string[] = []
  let bad: Chunk['bad'][number][] = []
  let bytes = 0
  const chunk = (): Chunk => ({ firstLine, lines: gathered.length, text: gathered.join('\n'), bad })
  for await (const line of lines) {
    number += 1
    if (number < fromLine) continue
    const text = typeof line === 'string' ? line : ''
    const lineBytes = Buffer.byteLength(text) + 1
    if (gathered.length > 0 && (gathered.length === linesMax || bytes + lineBytes > chunkBytesMax)) {
      yield chunk()
      firstLine = number
      gathered = []
      bad = []
      bytes = 0
    }
    gathered.push(text)
    bytes += lineBytes
    if (typeof line !== 'string') bad.push({ line: number, ...line })
  }
  // The line behind the last is where somebody goes on who was done.
  if (fromLine > number + 1)
    throw new CommandError(`There is no line ${fromLine}: there are ${number} in all. Nothing was sent.`)
  if (gathered.length > 0) yield chunk()
}
