import { Trouble } from './shell.ts'

/** Lines that go to the service in one request: the text, and which line of the whole file is its first. */
export type Chunk = { readonly firstLine: number; readonly lines: number; readonly text: string }

/** A line longer than this is no subscription; it is not read into memory. */
const lineCharsMax = 64 * 1_024
/** What the service takes in one request, in bytes. */
const chunkBytesMax = 1024 * 1024

/** The lines of a text as it comes. Throws a Trouble for one that is too long to be a subscription. */
export async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  let number = 1
  for await (const bytes of input) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      yield line
      number += 1
    }
    if (rest.length > lineCharsMax)
      throw new Trouble(
        `Line ${number} is longer than ${lineCharsMax} characters; one subscription a line is wanted (NDJSON). To go on after it: --from-line ${number + 1}`,
      )
  }
  rest += decoder.decode()
  if (rest !== '') yield rest
}

/** Gathers lines into chunks of at most `linesMax`, from a line of the file on. No chunk is larger than the service takes. */
export async function* chunksOf(
  lines: AsyncIterable<string>,
  { linesMax, fromLine }: { readonly linesMax: number; readonly fromLine: number },
): AsyncGenerator<Chunk> {
  let number = 0
  let firstLine = fromLine
  let gathered: string[] = []
  let bytes = 0
  for await (const line of lines) {
    number += 1
    if (number < fromLine) continue
    const lineBytes = Buffer.byteLength(line) + 1
    if (gathered.length > 0 && (gathered.length === linesMax || bytes + lineBytes > chunkBytesMax)) {
      yield { firstLine, lines: gathered.length, text: gathered.join('\n') }
      firstLine = number
      gathered = []
      bytes = 0
    }
    gathered.push(line)
    bytes += lineBytes
  }
  // The line behind the last is where somebody goes on who was done.
  if (fromLine > number + 1)
    throw new Trouble(`There is no line ${fromLine}: there are ${number} in all. Nothing was sent.`)
  if (gathered.length > 0) yield { firstLine, lines: gathered.length, text: gathered.join('\n') }
}
