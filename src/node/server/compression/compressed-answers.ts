import type { HttpBindings } from '@hono/node-server'
import { hasCredentials } from '../../../http/session-cookie.ts'
import type { Fetch } from '../server.ts'
import {
  type Coding,
  codedTag,
  codingFor,
  compress,
  isCompressible,
  isCompressibleType,
  tagsOf,
} from './content-coding.ts'

const withoutBody: ReadonlySet<number> = new Set([101, 204, 206])

/** Compresses what an app answers, for clients that take it, but not what is for one client alone. */
export function compressedAnswers(fetch: Fetch): Fetch {
  return (request, env) => {
    const { headers } = (env as HttpBindings).incoming
    if (request.method !== 'GET' && request.method !== 'HEAD') return fetch(request, env)
    const isForOne = (made: Response) => hasCredentials(headers) && !isForAll(made)
    const asked = headers['if-none-match']
    const coding = codingFor(headers['accept-encoding'])
    if (asked !== undefined) request.headers.set('if-none-match', tagsOf(asked, coding))
    const isHead = request.method === 'HEAD'
    const answer = isHead ? headOf(request, env, { fetch, coding, isForOne }) : fetch(request, env)
    const finish = (made: Response) => {
      if (isForOne(made)) return made
      return made.status === 304 ? unchanged(made, coding, asked) : compressed(made, coding)
    }
    return answer instanceof Promise ? answer.then(finish) : finish(answer)
  }
}

/** Whether an answer says nothing that is for one client alone, whoever has asked. */
function isForAll({ headers }: Response): boolean {
  return /\bpublic\b/.test(headers.get('cache-control') ?? '')
}

/** A 304 says of caches what the 200 would (RFC 9110 §15.4.5), and has the tag of the form that the client has. */
function unchanged(made: Response, coding: Coding | null, asked = ''): Response {
  const tag = made.headers.get('etag')
  const coded = tag === null || coding === null ? null : codedTag(tag, coding)
  if (coded !== null && asked.includes(coded.replace(/^W\//, ''))) made.headers.set('ETag', coded)
  const type = made.headers.get('content-type')
  made.headers.delete('content-type')
  // A file of another kind has one form only.
  if (type === null || isCompressibleType(type)) vary(made)
  return made
}

function vary({ headers }: Response): void {
  if (!/\baccept-encoding\b/i.test(headers.get('vary') ?? '')) headers.append('Vary', 'Accept-Encoding')
}

type HeadDeps = {
  readonly fetch: Fetch
  readonly coding: Coding | null
  readonly isForOne: (made: Response) => boolean
}

/**
 * What GET would say, without its body (RFC 9110 §9.3.2): a cache takes another tag or length for a change of what it has
 * (RFC 9111 §4.3.5). Only a text is read for it, and a stream of events is none.
 */
async function headOf(request: Request, env: object, { fetch, coding, isForOne }: HeadDeps): Promise<Response> {
  const made = await fetch(request, env)
  if (made.status === 304 || !isText(made) || isForOne(made)) return made
  const { url, headers } = request
  const got = await compressed(await fetch(new Request(url, { headers }), env), coding)
  const said = new Headers(got.headers)
  said.set('Content-Length', String((await got.arrayBuffer()).byteLength))
  return new Response(null, { status: got.status, headers: said })
}

function isText({ status, headers }: Response): boolean {
  const type = headers.get('content-type')
  return type !== null && isCompressibleType(type) && !withoutBody.has(status)
}

function compressed(made: Response, coding: Coding | null): Response | Promise<Response> {
  const type = made.headers.get('content-type') ?? ''
  if (!isText(made)) return made
  if (/\bno-transform\b/.test(made.headers.get('cache-control') ?? '')) return made
  vary(made)
  if (coding === null || made.body === null || made.headers.has('content-encoding')) return made
  return compressedBody(made, type, coding)
}

async function compressedBody(made: Response, type: string, coding: Coding): Promise<Response> {
  const { status } = made
  const headers = new Headers(made.headers)
  const body = new Uint8Array(await made.arrayBuffer())
  if (!isCompressible(type, body.byteLength)) return new Response(body, { status, headers })
  headers.set('Content-Encoding', coding)
  headers.delete('Content-Length')
  const tag = headers.get('etag')
  if (tag !== null) headers.set('ETag', codedTag(tag, coding))
  return new Response(Uint8Array.from(await compress(body, coding)), { status, headers })
}
