import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Interest } from '../../src/domain/interest.ts'
import { Problem } from '../../src/domain/problem.ts'
import { IncomingLimit } from '../../src/protocol/incoming-limit.ts'
import { parseSocketMessage } from '../../src/protocol/socket-message.ts'
import { newsroom } from '../support/samples.ts'

const now: Interest = { audience: 'public', languages: ['fa', 'en'], topics: ['iran'], level: 'urgent' }
const parse = (said: string | Uint8Array, interest = now) => parseSocketMessage(said, newsroom, interest)
const bytes = (text: string) => new TextEncoder().encode(text)
const refusal = (said: string | Uint8Array) => {
  try {
    return parse(said)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { status: error.status, code: error.code }
  }
}

const pings = ['ping', 'PING', ' ping\n', '\ufeffping', '"ping"', ' "Ping"', '{"type":"ping"}', '{"type":"PING"}']
test.each([...pings, '{"type":"ping","at":1}', '{"id":7,"type":"ping","payload":{}}'])('%j is a ping', (text) => {
  expect(parse(text)).toEqual({ type: 'ping' })
})

test.each([
  '',
  ' ',
  '\r\n',
  '""',
  'pong',
  '"pong"',
  '{"type":"pong"}',
  '{"type":"heartbeat","t":2}',
  'keepalive',
  'keep-alive',
])('%j asks for nothing', (text) => {
  expect(parse(text)).toEqual({ type: 'idle' })
})

test('bytes may say the words, and nothing else', () => {
  expect(parse(bytes('ping'))).toEqual({ type: 'ping' })
  expect(parse(bytes(''))).toEqual({ type: 'idle' })
  expect(refusal(bytes('{"type":"ping"}'))).toEqual({ status: 400, code: 'binary-message' })
  expect(refusal(new Uint8Array([0xff, 0xfe]))).toEqual({ status: 400, code: 'binary-message' })
})

test.each([
  ['pin', 'malformed-json'],
  ['ping ping', 'malformed-json'],
  ['"ping', 'malformed-json'],
  ['ping"', 'malformed-json'],
  ['2', 'unknown-message'],
  ['[]', 'unknown-message'],
  ['{}', 'unknown-message'],
  ['{"type":""}', 'unknown-message'],
  ['{"type":null}', 'unknown-message'],
  ['{"type":["ping"]}', 'unknown-message'],
  ['{"type":"pings"}', 'unknown-message'],
  ['{"type":"interest","language":"en"}', 'invalid'],
  ['{"type":"interest","languages":[]}', 'invalid'],
])('%s is none of it', (text, code) => {
  expect(refusal(text)).toEqual({ status: 400, code })
})

describe('an interest', () => {
  const { audience: _, ...all } = now
  test.each([
    [{}, all],
    [{ level: 'flash' }, { ...all, level: 'flash' }],
    [{ topics: [] }, { ...all, topics: [] }],
    [{ languages: ['ru'] }, { ...all, languages: ['ru'] }],
    [
      { languages: '*', level: 'routine' },
      { ...all, languages: '*', level: 'routine' },
    ],
  ])('of which %j is said leaves the rest as it is', (said, interest) => {
    expect(parse(JSON.stringify({ type: 'interest', ...said }))).toEqual({
      type: 'interest',
      interest: { ...interest, audience: 'public' },
    })
  })

  test('stays in its audience, and the desk stays the desk', () => {
    const desk: Interest = { ...now, audience: 'test', isDesk: true }
    const { interest } = parse('{"type":"interest","level":"flash"}', desk) as { interest: Interest }
    expect(interest).toEqual({ ...desk, level: 'flash' })
  })
})

test('a message has at most 4 KiB, counted in bytes, as text and as bytes', () => {
  expect(refusal('x'.repeat(4_096))).toMatchObject({ code: 'malformed-json' })
  for (const long of ['x'.repeat(4_097), 'گ'.repeat(2_049), new Uint8Array(4_097)])
    expect(refusal(long)).toEqual({ status: 413, code: 'message-too-large' })
})

test('whatever comes is understood or refused with a problem', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 6_000 }), (text) => void refusal(text)))
})

test('mistakes are counted apart from frames: ten at once, then ten a minute', () => {
  const incoming = new IncomingLimit()
  const mistakes = (nowMs: number, count: number) =>
    Array.from({ length: count }, () => incoming.takeMistake(nowMs)).filter(Boolean).length
  expect(mistakes(0, 20)).toBe(10)
  expect(mistakes(6_001, 20)).toBe(1)
  expect(mistakes(66_002, 20)).toBe(10)
  const frames = Array.from({ length: 150 }, () => incoming.takeFrame(66_002)).filter(Boolean).length
  expect(frames).toBe(100)
})

test('a message of spaces takes no longer than another: thousands are read before the test ends', () => {
  const space = ' '.repeat(4_000)
  for (const text of [`${space}x`, `ping${space}x`, JSON.stringify({ type: `${space}x` })])
    for (let time = 0; time < 3_000; time += 1) expect(refusal(text)).toMatchObject({ status: 400 })
  expect(parse(`${' '.repeat(2_000)}ping${' '.repeat(2_000)}`)).toEqual({ type: 'ping' })
})
