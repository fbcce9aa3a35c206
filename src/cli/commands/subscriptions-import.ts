import { open } from 'node:fs/promises'
import { type Service, sendWithRetry } from '../service-client.ts'
import { CommandError, type ExitCode, paint, type Shell, untrustedText } from '../shell.ts'
import { type Chunk, chunksOf, linesOf } from './chunks.ts'

type ImportFlags = { readonly chunk?: number; readonly fromLine?: number; readonly json?: boolean }

export const chunkLinesMax = 5_000
export const chunkLinesUsual = 500
export const linesMax = 1_000_000_000
const progressMs = 1_000

type Brought = {
  readonly made: number
  readonly kept: number
  readonly refused: readonly { readonly line: number; readonly code: string; readonly detail: string }[]
}

/** `tocsin subscriptions import <file|->`: chunk by chunk; a chunk whose answer was lost is sent again. */
export async function importFile(
  service: Service,
  { chunk: chunkLines = chunkLinesUsual, fromLine = 1, json }: ImportFlags,
  file: string,
  shell: Shell,
): Promise<ExitCode> {
  await using input = await inputOf(file, shell)
  const sums = { made: 0, kept: 0, refused: 0 }
  let next = fromLine
  let toldAt = performance.now()
  try {
    for await (const chunk of chunksOf(linesOf(input.bytes), { linesMax: chunkLines, fromLine })) {
      const { made, kept, refused } = await sendChunk(service, chunk, shell)
      sums.made += made
      sums.kept += kept
      sums.refused += refused.length
      for (const { line, code, detail } of refused)
        shell.warn(`${paint(shell, 'red', `line ${line}`)}  ${code}: ${untrustedText(shell, detail)}`)
      next = chunk.firstLine + chunk.lines
      if (performance.now() - toldAt < progressMs) continue
      toldAt = performance.now()
      shell.warn(paint(shell, 'dim', `up to line ${next - 1}: ${totalsText(sums)}`))
    }
  } catch (error) {
    shell.warn(`Lines before ${next} are done (${totalsText(sums)}). To go on from there: --from-line ${next}`)
    throw error
  }
  shell.print(json ? JSON.stringify(sums) : `${paint(shell, 'green', 'Done')}  ${totalsText(sums)}`)
  return sums.refused === 0 ? 0 : 1
}

/** Sends the lines that can be sent. Refused lines are numbered as in the whole file. */
async function sendChunk(service: Service, chunk: Chunk, shell: Shell): Promise<Brought> {
  const { bad, firstLine, lines } = chunk
  if (bad.length === lines) return { made: 0, kept: 0, refused: bad }
  const { refused, ...sums } = await send(service, chunk, shell)
  const numbered = refused.map((it) => ({ ...it, line: firstLine + it.line - 1 }))
  return { ...sums, refused: [...numbered, ...bad].sort((a, b) => a.line - b.line) }
}

async function send(service: Service, chunk: Chunk, shell: Shell): Promise<Brought> {
  const { body } = await sendWithRetry(
    service,
    {
      method: 'POST',
      path: 'v1/desk/subscriptions',
      text: chunk.text,
      headers: { 'content-type': 'application/x-ndjson' },
      signal: shell.stop,
    },
    {
      onRetry: (why, pauseMs) =>
        shell.warn(paint(shell, 'dim', `${why}; sending line ${chunk.firstLine} on again in ${pauseMs / 1_000} s.`)),
      lost: 'These lines may be imported already; sending them again is harmless.',
    },
  )
  return body as Brought
}

function totalsText({ made, kept, refused }: { made: number; kept: number; refused: number }): string {
  return `${made} made, ${kept} there already, ${refused} refused`
}

type Input = { readonly bytes: AsyncIterable<Uint8Array>; readonly [Symbol.asyncDispose]: () => Promise<void> }

async function inputOf(file: string, { input }: Shell): Promise<Input> {
  if (file === '-') return { bytes: input, [Symbol.asyncDispose]: () => Promise.resolve() }
  try {
    const handle = await open(file)
    return { bytes: handle.createReadStream({ autoClose: false }), [Symbol.asyncDispose]: () => handle.close() }
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}
