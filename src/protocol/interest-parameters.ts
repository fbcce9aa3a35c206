import * as z from 'zod'
import { audiences, levels } from '../domain/alert-types.ts'
import { Problem } from '../domain/problem.ts'
import type { Cursor } from '../log/log.ts'
import { cursorPattern } from './cursor.ts'
import type { Parameters } from './query-parameters.ts'

/** A language tag (BCP 47) in any case. */
const tag = z.string().regex(/^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*$/)

const topics = {
  description: 'Topics, comma-separated; none: every topic. Alerts without topics are always sent.',
  schema: z.array(z.string()).max(40),
  list: true,
  example: 'human-rights',
} as const
const level = {
  description: 'The lowest level wanted: flash, urgent or routine',
  schema: z.enum(levels),
  example: 'urgent',
} as const

/** What a reader chooses. */
const choiceParameters = { topics, level } as const satisfies Parameters

/** What a reader chooses of a feed, and which part of it. */
export const feedParameters = {
  ...choiceParameters,
  before: {
    description: 'The id of an alert: the alerts that changed last before it did. Without it, the newest.',
    schema: z.string().min(1).max(100),
    example: '01932f6e-0000-7000-8000-000000000001',
  },
} as const satisfies Parameters

/** What a reader chooses, and the audience. */
export const interestParameters = {
  languages: {
    description: 'Language tags in order of preference, comma-separated; or * for all texts in every language',
    schema: z.union([z.literal('*'), z.array(tag).min(1).max(40)]),
    list: true,
    example: 'fa,en',
  },
  ...choiceParameters,
  audience: {
    description: "public, or test: only test alerts, and only with an editor's key or session",
    schema: z.enum(audiences).default('public'),
    example: 'public',
  },
} as const satisfies Parameters

/** The cursor to read on from. */
export const afterParameter = {
  description: 'The cursor of the last entry seen: the entries after it are sent. now: only later entries.',
  schema: z.string().min(1).max(100),
  example: 'now',
} as const

/** Parses `after`: `<epoch>.<seq>`, or `now`. Throws a Problem (400 `cursor-malformed`). */
export function parseCursor(text: string): Cursor | 'now' {
  if (text === 'now') return 'now'
  const [, epoch, seq] = cursorPattern.exec(text) ?? []
  if (epoch === undefined || seq === undefined)
    throw new Problem(
      400,
      'cursor-malformed',
      `${JSON.stringify(text.slice(0, 60))} is not a cursor. Give back the last one that was sent, or "now", or none.`,
    )
  return { epoch, seq: Number(seq) }
}
