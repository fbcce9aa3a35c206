import { type Interest, parseInterest } from '../domain/interest.ts'
import type { Newsroom } from '../domain/newsroom.ts'
import { parseJson } from '../domain/parsing/json.ts'
import { Problem } from '../domain/problem.ts'
import { streamLimits } from './live-streams.ts'

/** The bare word, trimmed (of a byte-order mark too), in any case, also as a JSON string. */
const pingWord = /^("?)ping\1$/i
/** What libraries send to keep a connection open, and what answers a ping of ours: it needs no answer. */
const idleWord = /^("?)(|pong|heartbeat|keep-?alive)\1$/i

/** A reader's message, parsed. `idle`: it needs no answer. */
type SocketMessage =
  | { readonly type: 'ping' }
  | { readonly type: 'idle' }
  | { readonly type: 'interest'; readonly interest: Interest }

/**
 * Parses one message of a reader. A ping may carry other fields and may be binary. Fields that an
 * `interest` message leaves out keep their values. Throws a Problem; its code and detail are sent as an `error` message.
 */
export function parseSocketMessage(said: string | Uint8Array, newsroom: Newsroom, now: Interest): SocketMessage {
  const text = textOf(said)
  const bareWord = text.trim()
  if (pingWord.test(bareWord)) return { type: 'ping' }
  if (idleWord.test(bareWord)) return { type: 'idle' }
  if (typeof said !== 'string') throw new Problem(400, 'binary-message', 'Messages are text: JSON, or the word ping.')
  const message = parseObject(text)
  const word = typeof message.type === 'string' && message.type !== '' ? message.type : null
  if (word !== null && pingWord.test(word.trim())) return { type: 'ping' }
  if (word !== null && idleWord.test(word.trim())) return { type: 'idle' }
  if (word !== 'interest')
    throw new Problem(
      400,
      'unknown-message',
      'A socket takes {"type":"interest", …}, and ping as the bare word or as {"type":"ping"}.',
    )
  const { type: _, ...wanted } = message
  const { languages, topics, ...given } = now
  return { type: 'interest', interest: parseInterest({ languages, topics, ...wanted }, newsroom, given) }
}

/** Throws a Problem (413) for a message that is too large; the caller then closes the socket. */
function textOf(said: string | Uint8Array): string {
  const bytes = typeof said === 'string' ? utf8.encode(said) : said
  if (bytes.byteLength > streamLimits.messageBytesMax)
    throw new Problem(413, 'message-too-large', `A message has at most ${streamLimits.messageBytesMax} bytes.`)
  return typeof said === 'string' ? said : new TextDecoder().decode(bytes)
}

const utf8 = new TextEncoder()

function parseObject(text: string): Record<string, unknown> {
  const message = parseJson(text, 'message')
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    throw new Problem(400, 'unknown-message', 'A message is a JSON object with a type.')
  return { ...message }
}
