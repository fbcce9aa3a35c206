import type { z } from 'zod'
import type { Role } from '../auth/editor.ts'
import type { Parameters } from '../protocol/query-parameters.ts'

/** A header of a request or an answer. */
export type Header = { readonly description: string; readonly schema: z.ZodType; readonly required?: true }

/** What a route answers with one status. */
export type Answer = {
  readonly description: string
  /** The content type; absent with a schema: JSON; absent without one: no body. */
  readonly type?: string
  readonly schema?: z.ZodType
  readonly headers?: Readonly<Record<string, Header>>
  readonly example?: unknown
}

/** Description of a route: how its requests are parsed and authorised, and what /openapi.json says about it. */
export type Operation = {
  /** Its name in generated clients: a verb and a noun in camelCase. */
  readonly id: string
  readonly summary: string
  readonly description?: string
  readonly tag: 'Reading' | 'Streams' | 'Subscriptions' | 'Publishing' | 'Desk' | 'Operating' | 'Pages'
  /** The path in OpenAPI's syntax, where it cannot be derived from the route's pattern. */
  readonly describedPath?: string
  /** Whether there is anything at a path that the pattern takes; absent: always. */
  readonly isThere?: (path: string) => boolean
  /** Pages of any origin may read it, without credentials. */
  readonly isOpenToAll?: true
  /** What an editor's key or session must allow. */
  readonly role?: Role
  /** The test audience may be asked for, with an editor's key. */
  readonly mayAskForTests?: true
  /** Needs the token that the subscription was given. */
  readonly token?: true
  /** The setting that holds the key for this route, such as METRICS_KEY. */
  readonly ownKey?: string
  /** Whether caches may store its responses; one without Cache-Control gets `no-store`. */
  readonly cache: 'public' | 'private'
  readonly query?: Parameters
  /** Its handler reads the query itself. */
  readonly readsOwnQuery?: true
  /** Unknown query parameters are ignored: for pages and probes, to whose addresses others add parameters. */
  readonly passesOverUnknownParameters?: true
  readonly headers?: Readonly<Record<string, Header>>
  readonly body?: {
    readonly type: string
    readonly schema: z.ZodType
    /** What each line is, of a body of lines. */
    readonly lineSchema?: z.ZodType
    readonly example?: unknown
  }
  readonly answers: Readonly<Record<number, Answer>>
  /** Statuses of problems besides those that follow from the above. */
  readonly problems?: readonly ProblemStatus[]
}

/** The statuses of problems, and what each means. */
export const problemDescriptions = {
  400: 'The request is invalid; errors lists every mistake',
  401: 'No key or session, or an invalid one',
  403: 'The role of the key does not allow it',
  404: 'Not found',
  405: 'The method is not allowed here; Allow lists those that are',
  408: 'The body came too slowly',
  409: 'Conflict with what is stored',
  412: 'A precondition is false, or cannot be evaluated for this resource (RFC 9110 §15.5.13)',
  413: 'Too large',
  415: 'The content type, encoding or charset is not supported',
  416: 'The range has no byte of what is there; Content-Range says how many there are',
  423: 'Publishing is paused',
  426: 'An upgrade to a WebSocket is required',
  429: 'Too many requests from this address or for this id',
  500: 'Internal error; the log has it',
  503: 'Unavailable at this moment; Retry-After says when to try again',
} as const

export type ProblemStatus = keyof typeof problemDescriptions
