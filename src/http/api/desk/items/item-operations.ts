import * as z from 'zod'
import { itemAnswer, itemStates } from '../../../../desk/items/item.ts'
import { searchCharsMax } from '../../../../desk/items/item-search.ts'
import {
  approveSchema,
  newItemSchema,
  publishItemSchema,
  savedItemSchema,
  versionSchema,
} from '../../../../desk/items/items.ts'
import type { Header, Operation } from '../../../operation.ts'
import { waitingDetailSchema } from '../desk-operations.ts'

/** The most items and lines of a page. */
export const pageMax = 200
export const pageUsual = 50

const oneItem = z.strictObject({ item: itemAnswer })
const actAnswer = z.strictObject({
  item: itemAnswer,
  seq: z.int().optional(),
  cursor: z.string().optional(),
  detail: waitingDetailSchema.optional(),
})

const idempotencyKey: Header = {
  description: 'Made by the client, one for each intention. A repeated request gets the first answer and does nothing.',
  schema: z.string().regex(/^[\x21-\x7e]{1,200}$/),
  required: true,
}

const desk = { tag: 'Desk', role: 'writer', cache: 'private' } as const
const position = '`next` of the page before'
const page = {
  limit: { description: 'The most of a page', schema: z.int().min(1).max(pageMax).default(pageUsual), example: '20' },
} as const

export const listItems: Operation = {
  ...desk,
  id: 'listItems',
  summary: 'Drafts, and what waits for approval or its time; the newest change first',
  query: {
    ...page,
    before: { description: position, schema: z.string(), example: '2026-03-01T12:00:00.000Z 01932f6e' },
    state: {
      description: 'Only items in these states, separated by commas; absent: all that are not published or cancelled',
      schema: z.string().describe(itemStates.join(', ')),
      example: 'draft,held',
    },
    q: {
      description:
        'Only items whose headline or summary holds each of these words, in any language, whatever their case. A page may have fewer than its limit and a `next`: the search goes on there',
      schema: z.string().max(searchCharsMax),
      example: 'herat quake',
    },
  },
  answers: {
    200: {
      description: 'Items; `next`: there may be more, after this',
      schema: z.strictObject({ items: z.array(itemAnswer), next: z.string().optional() }),
    },
  },
}

const example = { level: 'urgent', texts: { en: { headline: 'Quake hits Herat' } } }

export const createItem: Operation = {
  ...desk,
  id: 'createItem',
  summary: 'Store a draft; it may be incomplete',
  headers: { 'Idempotency-Key': idempotencyKey },
  body: { type: 'application/json', schema: newItemSchema, example },
  answers: {
    201: {
      description: 'The draft',
      schema: oneItem,
      headers: { Location: { description: 'Where the item is', schema: z.string() } },
    },
  },
  problems: [409],
}

export const readItem: Operation = {
  ...desk,
  id: 'readItem',
  summary: 'An item',
  answers: { 200: { description: 'The item', schema: oneItem } },
}

export const saveItem: Operation = {
  ...desk,
  id: 'saveItem',
  summary: 'Save all that an item says; this undoes its approvals and stops its hold',
  body: { type: 'application/json', schema: savedItemSchema, example: { version: 1, ...example } },
  answers: { 200: { description: 'The item, a draft again', schema: oneItem } },
  problems: [409],
}

export const deleteItem: Operation = {
  ...desk,
  id: 'deleteItem',
  summary: 'Delete a draft or a cancelled item',
  query: { version: { description: 'The version that was read', schema: z.int().min(1), example: '3' } },
  answers: { 204: { description: 'It is deleted' } },
  problems: [409],
}

const acting = (
  id: string,
  summary: string,
  schema: z.ZodType,
  body: object,
  role: 'writer' | 'editor',
): Operation => ({
  ...desk,
  role,
  id,
  summary,
  headers: { 'Idempotency-Key': idempotencyKey },
  body: { type: 'application/json', schema, example: body },
  answers: {
    200: {
      description: 'The item as it stands now; with `seq` and `cursor`, its alert is published',
      schema: actAnswer,
    },
  },
  problems: [409, 423],
})

/** The acts on an item by the last part of their paths. */
export const itemActs = {
  submit: acting('submitItem', 'Submit an item: another editor is asked', versionSchema, { version: 1 }, 'writer'),
  approve: acting(
    'approveItem',
    'Approve what was read, by its hash',
    approveSchema,
    { hash: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg' },
    'editor',
  ),
  publish: acting(
    'publishItem',
    'Publish an item as far as the rules let it',
    publishItemSchema,
    { version: 1 },
    'editor',
  ),
  cancel: acting('cancelItem', 'Cancel what waits: it does not go out', versionSchema.pick({}), {}, 'writer'),
} as const
