import type { z } from 'zod'

/** One route as /openapi.json describes it. */
export type Operation = {
  readonly summary: string
  /** Needs an editor's key. */
  readonly key?: true
  /** Needs the token that the subscription was given. */
  readonly token?: true
  readonly once?: true
  readonly query?: Readonly<Record<string, string>>
  readonly body?: z.ZodType
  /** What one line of the body is, where it has one JSON a line. */
  readonly line?: z.ZodType
  readonly answers: Readonly<Record<number, z.ZodType | string>>
}
