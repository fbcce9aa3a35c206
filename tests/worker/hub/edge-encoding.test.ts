import { expect, test } from 'vitest'
import type { Message } from '../../../src/protocol/message-schemas.ts'
import { joined } from '../../../src/protocol/messages.ts'
import { eventEncoding, socketEncoding, textsOf } from '../../../src/worker/hub/edge-encoding.ts'

const head: Message = { type: 'head', cursor: 'e.1', at: '2026-03-01T12:00:00.000Z' }
const error: Message = { type: 'error', code: 'x', detail: 'two\nlines, and گزارش' }

test('joined frames come apart into the messages they were made of', () => {
  const frame = joined([socketEncoding.frame(head), socketEncoding.frame(error), socketEncoding.frame(head)])
  expect(textsOf(frame).map((text) => JSON.parse(text))).toEqual([head, error, head])
  expect(textsOf(frame), 'once for all who are sent it').toBe(textsOf(frame))
})

test('an event stream encodes events, and not the messages that only sockets have', () => {
  expect(new TextDecoder().decode(eventEncoding.frame(head) ?? undefined)).toBe(
    `id: e.1\nevent: head\ndata: ${JSON.stringify(head)}\n\n`,
  )
  expect(eventEncoding.frame(error)).toBeNull()
})
