import type { World } from '../platform.ts'

/** How a file is read. */
type Reading = {
  /** Asks for the file, or a part of it, with these headers; the signal ends the connection. */
  readonly ask: (headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<Response>
  readonly later: World['later']
  /**
   * When nothing has come for so long, the connection is taken for frozen, and the rest asked for on another one. Each of these is given a
   * quarter more, because a slow network stops as long.
   */
  readonly silentMs: number
  /** A file with more bytes is read no further. */
  readonly bytesMax: number
  /** Called for the bytes of each piece. */
  readonly came?: ((bytes: number) => void) | undefined
}

/** The most connections for one file: one of 128 KiB needs nine where a network lets 15 KB of each through. */
const triesMax = 12
/** So often the file is read from its beginning again: it has changed meanwhile, or the server does not give the rest of it. */
const anewMax = 1
/** So often a server may refuse the rest of what it has begun to give, as where it has too much to do, and for so long it is left alone each time. */
const refusedMax = 3
const refusedPauseMs = 1_000

/**
 * Reads a file whose connections may stop silently or break off: what has come is kept, and the rest asked for on another connection (`Range`,
 * RFC 9110 §14). Gives the status and the bytes; of a status other than 200 none, of a file that is larger than `bytesMax` the beginning. Rejects
 * where it cannot be read, or `ended`. Nothing is waited for longer once the first answer is there; until then only `ended` ends it.
 * Bytes that a server has not called complete may be given too: whoever reads them verifies them.
 */
export async function readResumed(
  reading: Reading,
  ended: AbortSignal,
): Promise<{ readonly status: number; readonly bytes: Uint8Array }> {
  const came: Came = { parts: [], size: 0, total: null, modified: null, anew: 0, refused: 0 }
  for (let tries = 1; ; tries += 1) {
    const { size } = came
    const read = await readPart(reading, came, reading.silentMs * (1 + (tries - 1) / 4), ended)
    if (typeof read === 'number') {
      if (read === 200) return { status: read, bytes: joined(came) }
      if (came.size === 0 || came.refused === refusedMax || tries === triesMax) return { status: read, bytes: none }
      came.refused += 1
      await pause(reading.later, ended)
      continue
    }
    // A connection that fails at once would do so again.
    const isInVain = read.why === 'failed' && came.size <= size
    if (isInVain || ended.aborted || tries === triesMax) throw read.error
  }
}

const none = new Uint8Array()

/** Resolves after a short while, at once when `ended`. */
function pause(later: World['later'], ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel()
      ended.removeEventListener('abort', end)
      resolve()
    }
    const cancel = later(refusedPauseMs, end)
    ended.addEventListener('abort', end)
    if (ended.aborted) end()
  })
}

/**
 * What has come of a file so far, and what the server has told of it. `anew`: how often it was begun anew; `refused`: how often more of it was
 * refused.
 */
type Came = {
  parts: Uint8Array[]
  size: number
  total: number | null
  modified: string | null
  anew: number
  refused: number
}

type Stopped = { readonly why: 'silent' | 'failed' | 'anew'; readonly error?: unknown }

/** Reads as much as comes over one connection. Gives the status once nothing is left to be read; else why there is more. */
async function readPart(reading: Reading, came: Came, silentMs: number, ended: AbortSignal): Promise<number | Stopped> {
  const { ask, later, bytesMax } = reading
  const abort = new AbortController()
  const end = () => abort.abort(ended.reason)
  ended.addEventListener('abort', end)
  if (ended.aborted) end()
  let isSilent = false
  let cancel = () => {}
  const wait = () => {
    cancel()
    cancel = later(silentMs, () => {
      isSilent = true
      end()
    })
  }
  try {
    if (came.size > 0) wait()
    // Browsers ask for no content coding with a range, so that its bytes are those of the file.
    const answer = await ask(came.size > 0 ? { range: `bytes=${came.size}-` } : {}, abort.signal)
    const taken = take(answer, came)
    if (taken === 'refused') return answer.status
    if (taken === 'whole') return 200
    if (taken !== 'taken') return { why: taken, error: new Error('its parts do not fit together') }
    wait()
    const reader = answer.body?.getReader()
    for (let more = await reader?.read(); more?.value !== undefined; more = await reader?.read()) {
      came.parts.push(more.value)
      came.size += more.value.length
      reading.came?.(more.value.length)
      if (came.size > bytesMax) return 200
      wait()
    }
    const isWhole = came.total === null || came.size === came.total
    return isWhole ? 200 : { why: 'failed', error: new Error('it is shorter than it says') }
  } catch (error) {
    return { why: isSilent ? 'silent' : 'failed', error }
  } finally {
    cancel()
    ended.removeEventListener('abort', end)
    // Whatever is still coming is not wanted.
    end()
  }
}

/**
 * Takes the beginning of an answer. `refused`: the file is not there, or not now; `whole`: nothing of it is missing; `anew`: what has come is of
 * another version, and is dropped; `failed`: once again.
 */
function take(answer: Response, came: Came): 'taken' | 'whole' | 'anew' | 'refused' | 'failed' {
  const { status, headers } = answer
  const isPart = status === 206 && came.size > 0
  if (isPart && follows(answer, came)) return 'taken'
  if (status === 416 && came.size > 0 && isEnd(answer, came)) return 'whole'
  if (came.size > 0 && (isPart || status === 200 || status === 416)) {
    came.parts = []
    came.size = 0
    came.total = null
    came.anew += 1
    if (came.anew > anewMax) return 'failed'
    if (status !== 200) return 'anew'
  }
  if (status !== 200) return 'refused'
  came.modified = headers.get('last-modified')
  came.total = lengthOf(answer)
  return 'taken'
}

/** Whether a part begins where what has come ends, and is of the same version. */
function follows({ headers, type }: Response, came: Came): boolean {
  const modified = headers.get('last-modified')
  if (modified !== null && came.modified !== null && modified !== came.modified) return false
  const range = headers.get('content-range')
  // Browsers hide it where the mirror does not say that other sites may read it; verification shows then what does not fit.
  if (range === null) return type === 'cors'
  const [, from, to, length] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(range) ?? []
  // All to the end was asked for. A server that does not know how much that is writes `*`.
  const total = length === '*' ? (came.total ?? Number(to) + 1) : Number(length)
  if (Number(from) !== came.size || Number(to) >= total) return false
  if (came.total !== null && came.total !== total) return false
  came.total = total
  return true
}

/** Whether a server that has nothing after what has come says that this is all: the connection before stopped at the very end. */
function isEnd({ headers, type }: Response, came: Came): boolean {
  const range = headers.get('content-range')
  // Hidden as above.
  if (range === null) return type === 'cors'
  const [, length] = /^bytes \*\/(\d{1,15})$/.exec(range) ?? []
  return Number(length) === came.size && (came.total === null || came.total === came.size)
}

/** How long the file is. Null: unknown, as where it is compressed, which browsers do not tell of other sites' answers. */
function lengthOf({ headers, type }: Response): number | null {
  const length = headers.get('content-length')
  return length === null || type === 'cors' || headers.has('content-encoding') ? null : Number(length)
}

function joined({ parts, size }: Came): Uint8Array {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
