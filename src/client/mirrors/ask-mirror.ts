import { bundleReadBytesMax } from '../../signing/bundle-format.ts'
import type { World } from '../platform.ts'
import { readResumed } from './read-resumed.ts'

type Request = Parameters<World['fetch']>[1]

/** In the place of the languages that a browser would name, which few of its users may have. No other origin need allow it. */
const headers = { 'accept-language': '*' }

/** How long a mirror may take in all, one that sends drop by drop too. */
const answerMsMax = 64_000
/** A connection over which nothing has come for a part of the time in all is given up, at the latest after so long. */
const silentMsMax = 2_000
const silentPart = 1 / 4

type How = {
  /** Called for the bytes of each piece. */
  readonly came?: (bytes: number) => void
  readonly msMax?: number
}

/**
 * Asks a mirror for a file, and gives its bytes; null where it does not give a whole file of at most `bundleReadBytesMax` bytes within
 * `msMax` in all, over as many connections as that takes. Nothing that identifies the reader goes along, and no other address is gone to.
 */
export async function askMirror(
  { fetch, later }: Pick<World, 'fetch' | 'later'>,
  address: string,
  { came, msMax = answerMsMax }: How,
  ended: AbortSignal,
): Promise<Uint8Array | null> {
  const abort = new AbortController()
  const end = () => abort.abort()
  const cancel = later(msMax, end)
  ended.addEventListener('abort', end)
  if (ended.aborted) end()
  const reading = {
    ...{ later, silentMs: Math.min(msMax * silentPart, silentMsMax), bytesMax: bundleReadBytesMax, came },
    ask: (range: Readonly<Record<string, string>>, signal: AbortSignal) =>
      fetch(address, { headers: { ...headers, ...range }, signal, ...anonymous() }),
  }
  try {
    const { status, bytes } = await readResumed(reading, abort.signal)
    return status === 200 && bytes.length <= bundleReadBytesMax ? bytes : null
  } catch {
    return null
  } finally {
    cancel()
    ended.removeEventListener('abort', end)
  }
}

/**
 * Options that Workers refuse are left out there, where there are neither cookies nor referrers. A redirect is no answer of 200. What a
 * cache keeps would be asked for with the ETag that the mirror gave this reader alone.
 */
function anonymous(): Pick<Request, 'credentials' | 'referrerPolicy' | 'cache' | 'redirect'> {
  const redirect = 'manual'
  const options = { redirect, credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' } as const
  try {
    new Request('https://mirror.example', options)
    return options
  } catch {
    return { redirect }
  }
}
