import { createReadStream } from 'node:fs'
import { readResumed } from '../../../client/mirrors/read-resumed.ts'
import { platform } from '../../../client/platform.ts'
import { bundleReadBytesMax } from '../../../signing/bundle-format.ts'
import { errorMessage } from '../../service-client.ts'
import { CommandError, type Shell } from '../../shell.ts'

/** How long an address may take. On a slow network a bundle comes at two kilobytes a second. */
const fetchMsMax = 120_000
/** A connection over which nothing has come for so long is given up, and the rest asked for on another one. */
const silentMs = 5_000

/**
 * Reads a bundle from a file, the standard input (`-`) or an address, of whatever content type. Of what is too large the
 * beginning is given, one byte more than is taken. Throws a CommandError that says what cannot be read.
 */
export async function readSource(source: string, shell: Pick<Shell, 'input' | 'stop'>): Promise<Uint8Array> {
  try {
    if (source === '-') return await beginning(shell.input)
    return await (/^https?:\/\//i.test(source) ? fetched(source, shell.stop) : beginning(createReadStream(source)))
  } catch (error) {
    if (error instanceof CommandError || shell.stop.aborted) throw error
    throw new CommandError(`“${source}” cannot be read: ${errorMessage(error)}`)
  }
}

async function fetched(address: string, stop: AbortSignal): Promise<Uint8Array> {
  const ended = AbortSignal.any([stop, AbortSignal.timeout(fetchMsMax)])
  // Nothing that tells a mirror of who asks: no key goes along.
  const ask = (headers: Readonly<Record<string, string>>, signal: AbortSignal) => fetch(address, { headers, signal })
  const { later } = platform
  const { status, bytes } = await readResumed({ ask, later, silentMs, bytesMax: bundleReadBytesMax }, ended)
  if (status !== 200) throw new CommandError(`${address} answered ${status}; a bundle is wanted.`)
  return bytes.subarray(0, bundleReadBytesMax + 1)
}

/** The bytes up to one more than a bundle may have. */
export async function beginning(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of chunks) {
    parts.push(part)
    size += part.length
    if (size > bundleReadBytesMax) break
  }
  return Buffer.concat(parts).subarray(0, bundleReadBytesMax + 1)
}
