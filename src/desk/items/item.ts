import * as z from 'zod'
import { audiences, kinds, levels } from '../../domain/alert-types.ts'
import { Problem } from '../../domain/problem.ts'
import { timeSchema } from '../../protocol/alert-schemas.ts'
import { mistakeSchema } from '../mistake-schema.ts'
import type { Content } from './item-content.ts'

/**
 * Where an item stands. `awaiting-approval`: another editor is asked; `held`: it goes out after a short hold; `scheduled`: at
 * a later time; `missed`: its time passed while the service was down or paused, and an editor is asked; `refused`: the log
 * did not take it when its time came, or its alert was retracted while it waited.
 */
export const itemStates = [
  'draft',
  'awaiting-approval',
  'held',
  'scheduled',
  'missed',
  'refused',
  'published',
  'cancelled',
] as const
export type ItemState = (typeof itemStates)[number]

export const actor = z.strictObject({ id: z.string(), name: z.string() })

/** An editor, with the name that they had when they acted. */
export type Actor = Readonly<z.output<typeof actor>>

/** How an item stands. Times are RFC 3339 in UTC. */
const standing = {
  id: z.string(),
  version: z.int().min(1).describe('Goes up with every change; a change names the version that it was made on.'),
  state: z.enum(itemStates),
  kind: z.enum(kinds),
  alertId: z.string().describe('The alert that it revises, or the one that it will be.'),
  hash: z.string().describe('Of the exact texts, level, topics, audience and times. An approval names it.'),
  createdAt: timeSchema,
  createdBy: actor,
  changedAt: timeSchema,
  changedBy: actor,
  lastAct: z
    .strictObject({ act: z.string(), by: actor.nullable() })
    .optional()
    .describe('What was done last, as the audit log names it, and by whom; null: by the service. Absent: not known.'),
  authors: z.array(actor).describe('Who has written on this content. None of them may approve it.'),
  textsBy: z.record(z.string(), actor).describe('Who last changed the text of each language.'),
  submittedBy: actor.nullable(),
  submittedAt: timeSchema.nullable(),
  approvalsWanted: z
    .int()
    .describe('How many other editors must approve it, as it stands. Of a draft without a level yet: 0.'),
  approvals: z.array(z.strictObject({ by: actor, at: timeSchema, until: timeSchema, hash: z.string() })),
  override: z.strictObject({ by: actor, at: timeSchema, reason: z.string() }).nullable(),
  releaseAt: timeSchema.nullable().describe('When it goes out, while it is held or scheduled.'),
  refusal: z
    .strictObject({
      code: z.string(),
      detail: z.string(),
      at: timeSchema,
      by: z
        .string()
        .nullable()
        .optional()
        .describe('With `alert-changed` and `alert-retracted`: the name of who changed the alert; null: not known.'),
      changedAt: timeSchema
        .optional()
        .describe('With `alert-changed` and `alert-retracted`: when the alert was changed.'),
      errors: z.array(mistakeSchema).optional().describe('What was wrong with it, where that was several things.'),
    })
    .nullable(),
  published: z.strictObject({ seq: z.int(), at: timeSchema }).nullable(),
}

const standingSchema = z.strictObject(standing)

/** What the desk holds before it is an alert: how it stands, and what it says. */
export type Item = Readonly<z.output<typeof standingSchema>> & { readonly content: Content }

const text = z.looseObject({
  headline: z.string().optional(),
  summary: z.string().nullable().optional(),
  url: z.string().nullable().optional(),
  image: z.looseObject({ url: z.string().optional(), alt: z.string().optional() }).nullable().optional(),
})

/** An item as it is answered: what it says stands beside how it stands, in the fields in which it was sent. */
export const itemAnswer = z
  .strictObject({
    ...standing,
    level: z.enum(levels).optional(),
    topics: z.array(z.string()).optional(),
    texts: z.record(z.string(), text).optional(),
    audience: z.enum(audiences).optional(),
    note: z.record(z.string(), z.string()).optional(),
    expiresAt: timeSchema.optional(),
    alertVersion: z.int().optional().describe('Of a revision: the version of the alert that it was written on.'),
    holdSeconds: z.int().optional(),
    publishAt: timeSchema.optional(),
    embargoUntil: timeSchema.optional(),
  })
  .meta({ id: 'Item' })

/** An item as `itemAnswer` describes it. */
export function answerOf({ content, ...item }: Item): z.output<typeof itemAnswer> {
  return { ...item, ...content }
}

/** Whether an editor has written on an item or submitted it: they cannot approve it. */
export function isOwnItem({ authors, submittedBy }: Item, editorId: string): boolean {
  return [...authors, ...(submittedBy === null ? [] : [submittedBy])].some(({ id }) => id === editorId)
}

/** The states in which an item waits: for its time, or for an editor. */
export const waitingStates: readonly ItemState[] = ['awaiting-approval', 'held', 'scheduled', 'missed', 'refused']

/** Whether an item can never be sent, because its alert was retracted while it waited. */
export function isEndedByRetraction({ state, refusal }: Pick<Item, 'state' | 'refusal'>): boolean {
  return state === 'refused' && refusal?.code === 'alert-retracted'
}

/** When an item was deleted (RFC 3339), and the name of who did it. */
export type Deletion = { readonly at: string; readonly by: string }

/** The Problem (404) for an item that is not there. `deletion`: null where none is known. */
export function noSuchItem(deletion: Deletion | null = null): Problem {
  const detail =
    deletion === null
      ? 'There is no item with this id. Look in /v1/desk/items.'
      : `${deletion.by} deleted the item at ${deletion.at}. Nothing was stored or published.`
  return new Problem(404, 'no-such-item', detail, deletion === null ? {} : { extensions: { ...deletion } })
}
