import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { expect, test } from 'vitest'
import { eventTypes } from '../../../src/protocol/event-encoding.ts'
import { type Message, serverMessages } from '../../../src/protocol/message-schemas.ts'
import { english, publish, revise } from '../../support/processes/service.ts'
import { hangUp, listenRaw } from '../../support/streams/raw-listener.ts'

/** Parses a message strictly: a field more, or one of another form, is an error. */
function parsed(message: unknown): Message {
  const { type } = Object(message) as { readonly type: Message['type'] }
  return serverMessages[type].parse(message) as Message
}

/** The events of a stream from its beginning until one is found; a stream without it hangs until the test's own limit. */
async function eventsUntil(
  address: URL,
  isLast: (event: EventSourceMessage) => boolean,
): Promise<EventSourceMessage[]> {
  const stop = new AbortController()
  const events: EventSourceMessage[] = []
  const parser = createParser({ onEvent: (event) => events.push(event) })
  const { body } = await fetch(address, { signal: stop.signal })
  const decoder = new TextDecoder()
  for await (const bytes of body ?? []) {
    parser.feed(decoder.decode(bytes, { stream: true }))
    if (events.some(isLast)) break
  }
  stop.abort()
  return events
}

/** Everything that the service sends on its streams is as the schemas of `src/protocol/message-schemas.ts` say. */
export function messageTests(urlOf: () => string): void {
  const bilingual = {
    topics: ['afghanistan'],
    texts: {
      en: { headline: 'Monitors report', summary: 'They say so.', url: 'https://news.example/1' },
      fa: { headline: 'گزارش ناظران', summary: '' },
    },
  }

  /** An alert with each kind of change; gives the cursors before the first and of the last. */
  async function everyChange(): Promise<{ readonly before: string; readonly last: string }> {
    const { cursor: before } = await publish(urlOf(), english('Before'))
    const { alert } = await publish(urlOf(), bilingual)
    await revise(urlOf(), alert.id, 'update', { texts: { en: { summary: 'They say more.' } } })
    await revise(urlOf(), alert.id, 'correction', { note: { en: 'The number was wrong.' } })
    const { cursor: last } = await revise(urlOf(), alert.id, 'retraction', { note: { en: 'Not so.' } })
    return { before, last }
  }

  test.each([['en'], ['fa,en'], ['*']])(
    'every message of a socket for %s parses strictly, in a replay and live',
    async (languages) => {
      const { before, last } = await everyChange()
      const listener = await listenRaw(urlOf(), `?languages=${encodeURIComponent(languages)}&after=${before}`)
      await listener.frame(({ type }) => type === 'live')
      const { seq } = await publish(urlOf(), bilingual)
      await listener.frame((frame) => frame.seq === seq)
      listener.socket.send(JSON.stringify({ type: 'interest', languages: ['en'], level: 'flash' }))
      await listener.frame(({ type }) => type === 'interest')
      listener.socket.send('{"type":"weather"}')
      await listener.frame(({ type }) => type === 'error')
      listener.socket.send('ping')
      await listener.frame(({ type }) => type === 'head')
      const messages = listener.frames.map(parsed)
      expect(new Set(messages.map(({ type }) => type))).toEqual(
        new Set(['welcome', 'alert', 'live', 'interest', 'error', 'head']),
      )
      expect(messages.map((message) => 'cursor' in message && message.cursor)).toContain(last)
      await hangUp(listener)
    },
  )

  test('every event of a stream parses strictly, and has the name and the id that its data say', async () => {
    const { before, last } = await everyChange()
    const address = new URL(`/v1/events?languages=*&after=${before}`, urlOf())
    // Another process than the one that answered the editor may be live before it has the last entry.
    const awaited = new Set(['live', last])
    const events = await eventsUntil(address, ({ event, id }) => {
      awaited.delete(event === 'live' ? event : (id ?? ''))
      return awaited.size === 0
    })
    expect(events.map(({ event }) => event).toSorted()).toEqual(['alert', 'alert', 'alert', 'alert', 'live'])
    for (const { event, id, data } of events) {
      const message = parsed(JSON.parse(data))
      expect(eventTypes).toContain(event)
      expect({ event, id }).toEqual({ event: message.type, id: 'cursor' in message ? message.cursor : undefined })
    }
  })

  test('a reset parses strictly on both, and its event has the head as its id', async () => {
    const listener = await listenRaw(urlOf(), '?languages=en&after=elsewhere.3')
    const reset = parsed(await listener.frame(({ type }) => type === 'reset'))
    expect(reset).toMatchObject({ reason: 'log-changed' })
    await hangUp(listener)
    const address = new URL('/v1/events?languages=en&after=elsewhere.3', urlOf())
    const [event] = await eventsUntil(address, () => true)
    const message = parsed(JSON.parse(event?.data ?? ''))
    expect(message).toMatchObject({ type: 'reset', reason: 'log-changed', head: event?.id })
  })

  test('an event stream that was opened without a cursor begins with a head', async () => {
    const [event] = await eventsUntil(new URL('/v1/events?languages=en', urlOf()), () => true)
    expect(parsed(JSON.parse(event?.data ?? '')).type).toBe('head')
  })
}
