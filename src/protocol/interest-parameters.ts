import * as z from 'zod'
import { audiences, levels } from '../domain/alert-types.ts'
import type { Parameters } from './query-parameters.ts'

/** A language's tag as readers may write it: BCP 47 in any case. */
const tag = z.string().regex(/^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*$/)

const topics = {
  description: 'Topics, comma-separated; none: every topic. Alerts without topics come always.',
  schema: z.array(z.string()).max(40),
  list: true,
  example: 'human-rights',
} as const
const level = {
  description: 'The lowest level wanted, of flash, urgent and routine',
  schema: z.enum(levels),
  example: 'urgent',
} as const

/** What a reader chooses of a feed. */
export const feedParameters = { topics, level } as const satisfies Parameters

/** What a reader chooses, and the audience. */
export const interestParameters = {
  languages: {
    description: 'Language tags in order of preference, comma-separated; or * for every language, all texts at once',
    schema: z.union([z.literal('*'), z.array(tag).min(1).max(40)]),
    list: true,
    example: 'fa,en',
  },
  ...feedParameters,
  audience: {
    description: "public, or test: only test alerts, and only with an editor's key or session",
    schema: z.enum(audiences).default('public'),
    example: 'public',
  },
} as const satisfies Parameters

/** Where to read on. */
export const afterParameter = {
  description: 'The cursor of what was seen last; what comes after it is told. Or now.',
  schema: z.string().min(1).max(100),
  example: 'now',
} as const
