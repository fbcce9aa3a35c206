import type { IncomingMessage, ServerResponse } from 'node:http'
import { Problem } from '../../domain/problem.ts'
import { bundleKeyStart } from '../../http/api/read-key.ts'
import { problemOf } from '../../http/app.ts'
import { asksForPart, partOf } from '../../http/bundle/byte-range.ts'
import { bundleTimeMs } from '../../http/bundle/make-bundle.ts'
import { refuseOtherVersion } from '../../http/bundle/other-version.ts'
import { problemAnswer } from '../../http/problem-response.ts'
import type { AlertLog, Entry } from '../../log/log.ts'
import { StorageFault, type StorageFaultKind } from '../../store/storage-fault.ts'
import { programFile } from '../program.ts'
import { codingFor } from '../server/compression/content-coding.ts'
import type { FastHandler } from '../server/subscribe/fast-subscribe.ts'
import { ThreadSupervisor } from '../threads/thread-supervisor.ts'
import { codedAnswer } from './coded-answer.ts'
import { FairQueue, type Shared } from './fair-queue.ts'
import { isCacheableResponse, isKnown, type ReadAnswer, ReadCache } from './read-cache.ts'
import { type ReadRequest, readRequests } from './read-request.ts'
import type { ReadCall, ReadResult, ReadThreadData } from './read-thread.ts'

const threadFile = programFile('reads/read-thread')

/** One read runs in the thread while the next one is being sent to it. */
const runningMax = 2
const waitingMax = 2_048
const waitingOfOneMax = 256
const retryAfterSeconds = 1
/** Headers that a 304 leaves out: it has no content (RFC 9110 §15.4.5). */
const ofContent: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
])

type Deps = ReadThreadData & {
  readonly log: Pick<AlertLog, 'bounds'>
  readonly addressOf: (request: IncomingMessage) => string
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
  /** The fault of the storage, or null. With a fault, a new thread cannot read either. */
  readonly fault: () => StorageFaultKind | null
}

/** The plain reads of one process. */
export type Reads = {
  /** Answers a request for a plain read; gives null for any other, and leaves it untouched. */
  readonly quick: FastHandler
  /** Reads the log for readers who reconnect. */
  readonly log: Pick<AlertLog, 'after'>
  /** Ends the thread once all earlier requests are answered. */
  readonly stop: () => Promise<void>
}

type Waiting = { readonly resolve: (ending: ReadResult) => void; readonly reject: (error: unknown) => void }

/**
 * Answers `GET` of alerts, feeds and pages. A thread with its own connection to the database makes each response once
 * for each head of the log; this thread caches and writes it. The routes are the app's (`createReads`).
 */
export function startReads({ log, addressOf, now, report, fault, ...threadData }: Deps): Reads {
  const readRequestOf = readRequests(threadData.wanted)
  const waiting = new Map<number, Waiting>()
  const cache = new ReadCache()
  const queue = new FairQueue({ runningMax, waitingMax, waitingOfOneMax })
  const underWay = new Map<string, Shared<ReadAnswer> & { readonly variant: string }>()
  let asked = 0
  const thread = new ThreadSupervisor<ReadThreadData, ReadCall, ReadResult>({
    ...{ file: threadFile, name: 'the thread of the reads', now, report },
    startRun: () => ({ workerData: threadData, onMessage: receiveResult, onExit: ended }),
  })

  function receiveResult(ending: ReadResult): void {
    const error = errorIn(ending)
    // The storage monitor does not see errors of another thread's connection.
    if (error !== null && (ending.id === 0 || error instanceof StorageFault))
      report(error, 'doing' in ending ? ending.doing : 'reading')
    const one = waiting.get(ending.id)
    waiting.delete(ending.id)
    if (error === null) one?.resolve(ending)
    else one?.reject(error)
  }

  function ended(): void {
    for (const { reject } of waiting.values()) reject(notNow())
    waiting.clear()
  }

  function notNow(): Problem {
    const kind = fault()
    if (kind !== null) return new StorageFault(kind, 'read')
    return new Problem(503, 'reads-busy', 'This cannot be read at this moment. Ask again in a moment.', {
      retryAfterSeconds,
    })
  }

  function call(what: CallWithoutId): Promise<ReadResult> {
    return new Promise((resolve, reject) => {
      asked += 1
      waiting.set(asked, { resolve, reject })
      if (thread.postMessage({ id: asked, ...what })) return
      waiting.delete(asked)
      reject(notNow())
    })
  }

  function made({ url, headers }: ReadRequest, address: string): Shared<ReadAnswer> {
    return queue.share(address, async () => {
      const ending = await call({ ask: 'answer', request: { url, headers } })
      if (!('answer' in ending)) throw new Error('the thread of the reads answered another question')
      return ending.answer
    })
  }

  /**
   * Makes one response for all clients that request the same at the same head, at the first turn of any of them. If the
   * response turns out to depend on the client's language or Accept header, it is made again for each of the others.
   */
  async function answerFor(request: ReadRequest, address: string): Promise<ReadAnswer> {
    const { key } = request
    if (key === null) return made(request, address).result
    const { epoch, head } = await log.bounds()
    const at = `${epoch}.${head}`
    const timedKey = key.startsWith(bundleKeyStart) ? `${key} ${bundleTimeMs(now())}` : key
    const kept = cache.get(timedKey, at)
    if (kept !== undefined) return kept
    const flight = `${at} ${timedKey}`
    const variant = JSON.stringify([request.headers.accept, request.headers['accept-language']])
    const known = underWay.get(flight)
    if (known !== undefined) {
      known.join(address)
      // A refusal of the first client's request does not apply to the others.
      const answer = await known.result.catch(() => null)
      const isOurs = answer !== null && (isCacheableResponse(answer) || known.variant === variant)
      return isOurs ? answer : made(request, address).result
    }
    const making = made(request, address)
    underWay.set(flight, { ...making, variant })
    try {
      const answer = await making.result
      if (isCacheableResponse(answer)) cache.set(timedKey, at, answer)
      return answer
    } finally {
      underWay.delete(flight)
    }
  }

  async function answer(request: ReadRequest, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      const made = await answerFor(request, addressOf(incoming))
      if (hasParts(made)) refuseOtherVersion(made.headers.etag, incoming.headers['if-match'])
      // What one client alone is sent may hold its secrets beside what it has sent. A part is of the answer as it is.
      const isForOne = request.key === null && !isCacheableResponse(made)
      const hasPlain = isKnown(made, { 'if-none-match': incoming.headers['if-none-match'] ?? '' }, now())
      const isPlain = isForOne || hasPlain || (hasParts(made) && asksForPart(rangeAsked(incoming)))
      const coding = isPlain ? null : codingFor(incoming.headers['accept-encoding'])
      write(incoming, outgoing, await codedAnswer(made, coding), now())
    } catch (error) {
      const refusal = problemAnswer(problemOf(error, `GET ${incoming.url?.split('?', 1)[0]?.slice(0, 20)}`, report))
      const body = new Uint8Array(await refusal.arrayBuffer())
      write(incoming, outgoing, { status: refusal.status, headers: Object.fromEntries(refusal.headers), body }, now())
    }
  }

  return {
    quick(incoming, outgoing) {
      const request = readRequestOf(incoming)
      return request === null ? null : answer(request, incoming, outgoing)
    },
    log: {
      async after(cursor, limit, interest) {
        const ending = await call({ ask: 'after', cursor, limit, interest })
        if (!('entries' in ending)) throw new Error('the thread of the reads answered another question')
        return JSON.parse(ending.entries) as Entry[]
      },
    },
    stop: () => thread.stop(),
  }
}

type CallWithoutId =
  | Omit<ReadCall & { readonly ask: 'answer' }, 'id'>
  | Omit<ReadCall & { readonly ask: 'after' }, 'id'>

function hasParts({ headers }: ReadAnswer): boolean {
  return headers['accept-ranges'] === 'bytes'
}

function rangeAsked({ method, headers }: IncomingMessage) {
  return { method, range: headers.range, 'if-range': headers['if-range'] as string | undefined }
}

function write(incoming: IncomingMessage, outgoing: ServerResponse, answer: ReadAnswer, nowMs: number): void {
  // The client has disconnected.
  if (outgoing.destroyed || outgoing.headersSent) return
  const { method, headers: asked } = incoming
  if (isKnown(answer, asked, nowMs)) {
    outgoing.writeHead(304, Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !ofContent.has(name))))
    outgoing.end()
    return
  }
  const { status, headers, body } = hasParts(answer) ? partOf(answer, rangeAsked(incoming)) : answer
  outgoing.writeHead(status, { ...headers, 'content-length': body.byteLength })
  outgoing.end(method === 'HEAD' ? undefined : body)
}

/** Makes an Error of a message: an error's class is lost between threads. */
function errorIn(ending: ReadResult): Error | null {
  if ('fault' in ending) return new StorageFault(...ending.fault)
  if (!('message' in ending)) return null
  const error = new Error(ending.message)
  if (ending.stack !== undefined) error.stack = ending.stack
  return error
}
