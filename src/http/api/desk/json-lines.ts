import type { Context } from 'hono'
import { parseJsonBytes } from '../../../domain/parsing/json.ts'
import { Problem } from '../../../domain/problem.ts'
import { readBody } from '../../body.ts'

/** A line of a body, numbered from 1. `content` parses it; throws a Problem (400) when it is not JSON. */
export type Line = { readonly number: number; readonly content: () => unknown }

export const linesType = 'application/x-ndjson'
const newline = 10

/**
 * Reads a body of JSON lines (https://github.com/ndjson/ndjson-spec); empty lines are counted and left out. Throws a
 * Problem: 415 for another type, 413 when it is too large or has too many lines. A bad line spoils only itself.
 */
export async function readLines(c: Context, bytesMax: number, linesMax: number): Promise<Line[]> {
  const type = c.req.header('content-type') ?? ''
  if (!/^application\/(x-)?ndjson\s*(;|$)/i.test(type))
    throw new Problem(415, 'not-lines', `The body must be one JSON a line: send Content-Type: ${linesType}.`)
  const lines: Line[] = []
  let number = 0
  for (const bytes of split(await readBody(c, bytesMax))) {
    number += 1
    if (bytes.every(isBlank)) continue
    if (lines.length === linesMax)
      throw new Problem(
        413,
        'too-many-lines',
        `The body has more than ${linesMax} lines. Nothing was changed; send less.`,
      )
    lines.push({ number, content: () => parseJsonBytes(bytes, 'line') })
  }
  return lines
}

function* split(bytes: Uint8Array): Generator<Uint8Array> {
  let from = 0
  while (from < bytes.length) {
    const found = bytes.indexOf(newline, from)
    const to = found === -1 ? bytes.length : found
    yield bytes.subarray(from, to)
    from = to + 1
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d
}
