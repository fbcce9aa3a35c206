import type { ProblemBody } from '../domain/problem.ts'
import { retryAfterMsOf } from '../protocol/headers/retry-after.ts'
import { CommandError, type Shell, Stopped, UsageError } from './shell.ts'

/** The service that a command calls: its address and, for editors' routes, a key. */
export type Service = { readonly url: URL; readonly key: string | undefined }

export type Answer = { readonly status: number; readonly body: unknown; readonly headers: Headers }

/** The service has refused a request. */
export class Refused extends Error {
  readonly status: number
  readonly problem: ProblemBody | undefined

  /** The wait that Retry-After asks for; 0 without one. */
  readonly retryAfterMs: number

  /** What is unknown because an earlier try had no answer. */
  lost: string | undefined

  constructor(status: number, problem: ProblemBody | undefined, where: string, retryAfterMs: number) {
    super(problem?.detail ?? `${where} answered ${status}, and not in words that this program knows. Check --url.`)
    this.status = status
    this.problem = problem
    this.retryAfterMs = retryAfterMs
  }
}

const answerMsMax = 30_000
const triesMax = 5
const firstPauseMs = 500
const pauseMsMax = 30_000

/** Finds the service by `--url`, TOCSIN_URL or the usual port, and the key in TOCSIN_KEY. */
export function serviceOf(url: string | undefined, { env }: Pick<Shell, 'env'>): Service {
  const address = url ?? env.TOCSIN_URL ?? 'http://localhost:3000'
  const protocol = URL.canParse(address) ? new URL(address).protocol : ''
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new UsageError(`“${address}” is no address of a service; one such as https://alerts.example is wanted.`)
  const base = new URL(address)
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  return { url: base, key: keyIn(env.TOCSIN_KEY) }
}

/** The key in the environment. Throws a UsageError when a header cannot carry it, usually because it is a placeholder or has quotes around it. */
function keyIn(given: string | undefined): string | undefined {
  const key = given?.trim()
  if (key === undefined || key === '') return undefined
  const strange = /[^\x21-\x7e]/u.exec(key)?.[0]
  if (strange === undefined) return key
  const named = /\s/.test(strange) ? 'white space' : `“${strange.replace(/[\p{C}]/gu, '?')}”`
  throw new UsageError(
    `TOCSIN_KEY holds ${named}, which is in no key. Put the key itself there, as it was shown when it was made: export TOCSIN_KEY=…`,
  )
}

/** The id of an alert, which is given as it is or as the address of the alert's page. */
export function alertIdIn(text: string): string {
  const given = text.trim()
  const isAddress = /^https?:\/\//i.test(given) || given.startsWith('/')
  const path =
    isAddress && URL.canParse(given, 'http://localhost') ? new URL(given, 'http://localhost').pathname : given
  const id = isAddress ? /\/alerts\/([^/]+)/.exec(path)?.[1] : path
  if (id === undefined || id === '')
    throw new UsageError(`“${text}” is neither the id of an alert nor the address of its page.`)
  return id.toLowerCase()
}

/** The service with a key. Throws a CommandError that says how to give one. */
export function keyedServiceOf(url: string | undefined, shell: Pick<Shell, 'env'>): Service {
  const service = serviceOf(url, shell)
  if (service.key === undefined)
    throw new CommandError('This needs an editor’s key. Put it in the environment: export TOCSIN_KEY=…')
  return service
}

type Request = {
  readonly method?: string
  readonly path: string
  readonly body?: unknown
  /** A body that is no JSON; its content type is in `headers`. */
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Sends a request once. Throws Refused for any answer but 2xx, and what fetch throws when there is no answer. */
export async function ask(service: Service, request: Request): Promise<Answer> {
  const { method = 'GET', path, body, text: sent, headers, signal } = request
  const response = await fetch(new URL(path.replace(/^\//, ''), service.url), {
    method,
    redirect: 'error',
    headers: {
      accept: 'application/json, application/problem+json',
      ...(service.key === undefined ? {} : { authorization: `Bearer ${service.key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(sent === undefined ? {} : { body: sent }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerMsMax)]),
  })
  if (!response.ok) throw await refusedFrom(response, service)
  return { status: response.status, body: parseJson(await response.text()), headers: response.headers }
}

/** The Refused of an answer that is not 2xx. */
export async function refusedFrom(response: Response, { url }: Pick<Service, 'url'>): Promise<Refused> {
  const problem = parseProblem(parseJson(await response.text()))
  return new Refused(response.status, problem, url.href, retryAfterMsOf(response.headers, Date.now()) ?? 0)
}

type OnRetry = (why: string, pauseMs: number) => void

/**
 * Sends a request until there is an answer, always with the same Idempotency-Key: the answer to a retry is that of the try
 * whose answer was lost, and nothing is published twice. Throws Refused or a CommandError.
 */
export function sendIdempotent(
  service: Service,
  request: Request,
  { idempotencyKey, ...repetition }: Repetition & { readonly idempotencyKey: string },
): Promise<Answer> {
  const headers = { ...request.headers, 'idempotency-key': idempotencyKey }
  return sendWithRetry(service, { ...request, headers }, repetition)
}

type Repetition = {
  readonly onRetry: OnRetry
  /** What is unknown when no answer came, or when the command was stopped before it came. */
  readonly lost: string
}

/**
 * Sends a request that is harmless to repeat, at most `triesMax` times. Throws Refused for an answer that a further try
 * would not change, else a CommandError; a Stopped when it may have been carried out before the command was stopped.
 */
export async function sendWithRetry(
  service: Service,
  request: Request,
  { onRetry, lost }: Repetition,
): Promise<Answer> {
  const { signal } = request
  let mayBeTaken = false
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted()
    try {
      return await ask(service, request)
    } catch (error) {
      if (isAnswer(error)) {
        // A refused key does not say what became of an earlier try.
        if (mayBeTaken && (error.status === 401 || error.status === 403)) error.lost = lost
        throw error
      }
      mayBeTaken ||= !isUntaken(error)
      if (signal.aborted) throw mayBeTaken ? new Stopped(lost) : error
      if (tries === triesMax) {
        if (!mayBeTaken && error instanceof Refused) throw error
        throw new CommandError(`${errorMessage(error)}, ${triesMax} times. ${lost}`)
      }
      const askedMs = error instanceof Refused ? error.retryAfterMs : 0
      const pauseMs = Math.min(Math.max(firstPauseMs * 2 ** (tries - 1), askedMs), pauseMsMax)
      onRetry(errorMessage(error), pauseMs)
      await pause(pauseMs, signal).catch((stop) => {
        throw mayBeTaken ? new Stopped(lost) : stop
      })
    }
  }
}

/** Sends a request once that would be carried out twice if it were repeated. What it throws says when that is unknown. */
export async function askOnce(service: Service, request: Request, lost: string): Promise<Answer> {
  request.signal.throwIfAborted()
  try {
    return await ask(service, request)
  } catch (error) {
    if (isAnswer(error) || isUntaken(error)) throw error
    throw request.signal.aborted ? new Stopped(lost) : new CommandError(`${errorMessage(error)}. ${lost}`)
  }
}

/** Whether an error is a refusal that a retry would not change. */
function isAnswer(error: unknown): error is Refused {
  return error instanceof Refused && error.status < 500 && error.status !== 429
}

const unreached = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']

/** Whether the service has certainly not carried out the request: it has said so, or was not reached. */
function isUntaken(error: unknown): boolean {
  if (error instanceof Refused) return error.status === 429
  const { cause } = Object(error) as { cause?: unknown }
  return unreached.includes(String((Object(cause) as { code?: unknown }).code))
}

/** Why there was no answer, in a few words. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `No answer in ${answerMsMax / 1_000} s`
  const { cause } = error
  if (cause instanceof Error && isPlainHttp(cause))
    return 'No answer by https: what answers there speaks plain HTTP. Give the address with http://'
  if (cause instanceof Error && cause.message !== '') return `No answer (${cause.message})`
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  return code === undefined ? error.message : `No answer (${code})`
}

/** OpenSSL's messages for an answer that is not TLS. */
function isPlainHttp({ message }: Error): boolean {
  return /wrong version number|packet length too long/i.test(message)
}

/** Waits, or ends at once with an AbortError. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The problem that an answer's body is, if it is one. */
export function parseProblem(body: unknown): ProblemBody | undefined {
  if (typeof body !== 'object' || body === null || !('code' in body) || !('detail' in body)) return undefined
  return typeof body.code === 'string' && typeof body.detail === 'string' ? (body as ProblemBody) : undefined
}
