import * as z from 'zod'
import { Problem } from '../../domain/problem.ts'
import type { Parameters, Query } from '../query-parameters.ts'

/** What a reader may ask of its connection, beside what is sent on it. */
export type StreamTerms = {
  /** The service ends the connection in order before more bytes than this have gone out on it. */
  readonly budgetBytes?: number
  /** The service ends the connection in order after this many entries of a replay, where more would follow. */
  readonly limitEntries?: number
  /** The longest time between two messages, in seconds. */
  readonly heartbeatSeconds?: number
}

/** The least and the most of each parameter. */
export const termsRanges = {
  budget: { min: 4_000, max: 1_000_000 },
  limit: { min: 1, max: 10_000 },
  heartbeat: { min: 2, max: 60 },
} as const

/** The parameters of the terms, for `/v1/socket` and `/v1/events`. */
export const termsParameters = {
  limit: {
    description:
      'Entries of a replay after which the service says goodbye and ends the connection, where more would follow.',
    schema: z.int().min(termsRanges.limit.min).max(termsRanges.limit.max),
    example: '20',
  },
  budget: {
    description:
      'Bytes: before more have gone out on the connection, TLS included, the service says goodbye and ends it.',
    schema: z.int().min(termsRanges.budget.min).max(termsRanges.budget.max),
    example: '12000',
  },
  heartbeat: {
    description:
      'Seconds between two heartbeats; not more than the usual interval of the service, which stays otherwise.',
    schema: z.int().min(termsRanges.heartbeat.min).max(termsRanges.heartbeat.max),
    example: '2',
  },
} as const satisfies Parameters

/** Each parameter's parser for a query. They throw a Problem (400 `limit-out-of-range`, `budget-…`, `heartbeat-…`). */
export function termsParsers(query: Query): Readonly<Record<keyof typeof termsRanges, () => number | undefined>> {
  return {
    limit: () => parseNumber('limit', query, (detail) => new Problem(400, 'limit-out-of-range', detail)),
    budget: () => parseNumber('budget', query, (detail) => new Problem(400, 'budget-out-of-range', detail)),
    heartbeat: () => parseNumber('heartbeat', query, (detail) => new Problem(400, 'heartbeat-out-of-range', detail)),
  }
}

/** The terms of parsed parameters; undefined where none is given, which is the usual case. */
export function termsOf({
  limit,
  budget,
  heartbeat,
}: Readonly<Record<keyof typeof termsRanges, number | undefined>>): StreamTerms | undefined {
  if (limit === undefined && budget === undefined && heartbeat === undefined) return undefined
  return {
    ...(budget === undefined ? {} : { budgetBytes: budget }),
    ...(limit === undefined ? {} : { limitEntries: limit }),
    ...(heartbeat === undefined ? {} : { heartbeatSeconds: heartbeat }),
  }
}

function parseNumber(
  name: keyof typeof termsRanges,
  { [name]: text }: Query,
  refusal: (detail: string) => Problem,
): number | undefined {
  if (text === undefined || text === '') return undefined
  const { min, max } = termsRanges[name]
  const number = Number(text)
  if (/^\d{1,9}$/.test(text) && number >= min && number <= max) return number
  throw refusal(`${name} is a whole number from ${min} to ${max} on a stream.`)
}
