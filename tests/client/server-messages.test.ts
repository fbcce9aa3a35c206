import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseServerMessage } from '../../src/client/server-messages.ts'
import { kinds, levels } from '../../src/domain/alert-types.ts'
import { resetReasons } from '../../src/log/log.ts'
import { formatCursor } from '../../src/protocol/cursor.ts'
import { heartbeatSecondsMax, reconnectAfterMsMax } from '../../src/protocol/live-streams.ts'
import { type Message, serverMessages } from '../../src/protocol/message-schemas.ts'
import { runs } from '../support/effort.ts'

const seq = fc.integer({ min: 1, max: 1e15 - 1 })
const epoch = fc.stringMatching(/^[a-z0-9]{1,32}$/)
const cursor = fc.tuple(epoch, seq).map(([epoch, seq]) => formatCursor({ epoch, seq }))
const time = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString())
const count = fc.nat()
const texts = { headline: fc.string(), summary: fc.string() }
const common = {
  id: fc.uuid(),
  version: fc.integer({ min: 1 }),
  level: fc.constantFrom(...levels),
  audience: fc.constantFrom('public', 'test'),
  topics: fc.array(fc.string()),
  status: fc.constantFrom('live', 'updated', 'corrected', 'retracted'),
  publishedAt: time,
  changedAt: time,
  expiresAt: time,
}
const alert = fc.oneof(
  fc.record({ ...common, ...texts, language: fc.string(), dir: fc.constantFrom('ltr', 'rtl') }),
  fc.record({ ...common, texts: fc.dictionary(fc.string(), fc.record(texts)) }),
)

/** Messages as the service sends them. */
const valid: { readonly [Type in Message['type']]: fc.Arbitrary<Record<string, unknown>> } = {
  welcome: fc.record({
    epoch,
    head: count,
    floor: count,
    cursor,
    resume: fc.constantFrom('live', 'replay', 'reset'),
    heartbeatSeconds: fc.integer({ min: 1, max: heartbeatSecondsMax }),
    limits: fc.record({ messageBytesMax: count, replayEntriesMax: count }),
  }),
  alert: fc
    .tuple(epoch, seq, fc.record({ kind: fc.constantFrom(...kinds), at: time, alert }))
    .map(([epoch, seq, rest]) => ({ seq, cursor: formatCursor({ epoch, seq }), ...rest })),
  live: fc.record({ cursor }),
  head: fc.record({ cursor, at: time }),
  reset: fc.record({
    reason: fc.constantFrom(...resetReasons),
    head: cursor,
    snapshot: fc.string().map((query) => `/v1/alerts?${query}`),
  }),
  interest: fc.record({
    interest: fc.record({
      languages: fc.oneof(fc.constant('*'), fc.array(fc.string())),
      topics: fc.array(fc.string()),
      level: fc.constantFrom(...levels),
    }),
  }),
  error: fc.record({ code: fc.string(), detail: fc.string() }),
  goodbye: fc.record(
    { reconnectAfterMs: fc.nat({ max: reconnectAfterMsMax }), code: fc.string() },
    { requiredKeys: ['reconnectAfterMs'] },
  ),
}
const types = Object.keys(serverMessages) as Message['type'][]
const message = fc.oneof(...types.map((type) => valid[type].map((fields) => ({ type, ...fields }))))

/** Fields that the client does not read. It takes a message in which they are missing or different. */
const unread: Readonly<Partial<Record<Message['type'], readonly string[]>>> = {
  welcome: ['epoch', 'head', 'floor', 'limits'],
  head: ['at'],
  interest: ['interest'],
}
/** Texts that the client passes on as they come, so that a later server may have new ones. */
const passedOn: Readonly<Partial<Record<Message['type'], readonly string[]>>> = {
  alert: ['kind', 'at'],
  reset: ['reason'],
}

function isTaken(text: string): boolean {
  try {
    return parseServerMessage(text) !== null
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError)
    return false
  }
}

const isValid = (type: Message['type'], value: unknown) => serverMessages[type].safeParse(value).success

describe('the client’s own check of a message', () => {
  test('takes every message that the schemas of the protocol take, and changes nothing of it', () => {
    fc.assert(
      fc.property(message, (sent) => {
        expect(serverMessages[sent.type].safeParse(sent)).toMatchObject({ success: true })
        expect(parseServerMessage(JSON.stringify(sent))).toEqual(JSON.parse(JSON.stringify(sent)))
      }),
      { numRuns: runs(300) },
    )
  })

  test('takes or refuses a message with one field changed as the schemas do, but for what it does not read', () => {
    const wrong = fc.constantFrom<unknown>(undefined, null, true, -1, 1.5, '', 'x', 'e.01', 'E.1', 'e.-1', [], ['x'])
    fc.assert(
      fc.property(message, fc.nat(), wrong, (sent, place, value) => {
        const { type } = sent
        const names = Object.keys(sent).filter((name) => name !== 'type')
        const name = names[place % names.length] ?? ''
        fc.pre(!unread[type]?.includes(name))
        fc.pre(!(passedOn[type]?.includes(name) && typeof value === 'string'))
        // What an alert itself is made of is the app's to look at.
        fc.pre(!(type === 'alert' && name === 'alert' && Array.isArray(value)))
        const changed = { ...sent, [name]: value }
        expect([changed, isTaken(JSON.stringify(changed))]).toEqual([changed, isValid(type, changed)])
      }),
      { numRuns: runs(1_000) },
    )
  })

  test('takes a message with a field more, which a later server may send', () => {
    fc.assert(
      fc.property(message, fc.json(), (sent, more) => {
        expect(isTaken(JSON.stringify({ ...sent, later: JSON.parse(more) }))).toBe(true)
      }),
      { numRuns: runs(100) },
    )
  })

  test('gives a message, null or a SyntaxError for any text', () => {
    const type = fc.constantFrom(...types, '__proto__', 'toString')
    const text = fc.oneof(
      fc.json(),
      fc.string(),
      fc.record({ type }, { requiredKeys: [] }).map((it) => JSON.stringify(it)),
    )
    fc.assert(
      fc.property(text, (text) => void isTaken(text)),
      { numRuns: runs(500) },
    )
  })

  test('passes over a type that is not known here', () => {
    expect(parseServerMessage('{"type":"weather","cursor":7}')).toBeNull()
  })

  test('refuses an alert whose seq and cursor disagree', () => {
    const sent = { type: 'alert', seq: 4, cursor: 'e.5', kind: 'alert', at: '2026-01-01T00:00:00.000Z', alert: {} }
    expect(() => parseServerMessage(JSON.stringify(sent))).toThrow(SyntaxError)
    expect(parseServerMessage(JSON.stringify({ ...sent, seq: 5 }))).toMatchObject({ seq: 5 })
  })
})
