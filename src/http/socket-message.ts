import { z } from 'zod'
import { type Interest, interestSchema, parseInterest } from '../interest.ts'
import { parseJson } from '../json.ts'
import type { Newsroom } from '../newsroom.ts'
import { Problem } from '../problem.ts'

/** What a reader may send on a socket, besides the bare word `ping`. */
export const socketInterestSchema = interestSchema.extend({ type: z.literal('interest') })

/** The bare word, however it is written: `\s` covers a byte-order mark too. */
const pingWord = /^\s*ping\s*$/i

/** A reader's message, parsed. */
export type SocketMessage = { readonly type: 'ping' } | { readonly type: 'interest'; readonly interest: Interest }

/**
 * Parses one message of a reader. What an `interest` message leaves out takes its usual value; the audience stays.
 * Throws a Problem; its code and detail go into the error frame before the socket is closed with 4002.
 */
export function parseSocketMessage(text: string, newsroom: Newsroom, now: Pick<Interest, 'audience'>): SocketMessage {
  if (pingWord.test(text)) return { type: 'ping' }
  const message = parseObject(text)
  if (message.type === 'ping' && Object.keys(message).length === 1) return { type: 'ping' }
  if (message.type !== 'interest')
    throw new Problem(
      400,
      'unknown-message',
      'A socket takes {"type":"interest", …}, and ping as the bare word or as {"type":"ping"}.',
    )
  const { type: _, ...interest } = message
  return { type: 'interest', interest: parseInterest(interest, newsroom, { level: 'routine', audience: now.audience }) }
}

function parseObject(text: string): Record<string, unknown> {
  const message = parseJson(text, 'message')
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    throw new Problem(400, 'unknown-message', 'A message is a JSON object with a type.')
  return { ...message }
}
