import type { Context } from 'hono'
import * as z from 'zod'
import type { KeyedRequest } from '../../auth/keyed-request.ts'
import { secretHash } from '../../auth/secret.ts'
import { refuseKeyless } from '../../desk/desk.ts'
import { sortedJson } from '../../desk/items/item-content.ts'
import type { Header } from '../operation.ts'

/** The header of a route that makes something, also without a key. */
export const idempotencyKeyHeader: Header = {
  description: 'Made by the client, one for each intention. A repeated request makes nothing again.',
  schema: z.string().regex(/^[\x21-\x7e]{1,200}$/),
}

/** The idempotency key of a request, with what it asks for; undefined without the header. Throws a Problem (400) for a malformed one. */
export async function keyedRequestOf(c: Context, id: string, asked: unknown): Promise<KeyedRequest | undefined> {
  const key = c.req.header('idempotency-key')
  if (key === undefined) return undefined
  refuseKeyless(key)
  return { key, intention: await secretHash(sortedJson({ id, asked })) }
}
