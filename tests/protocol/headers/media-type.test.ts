import { expect, test } from 'vitest'
import { mediaTypeOf } from '../../../src/protocol/headers/media-type.ts'

test.each([
  ['text/event-stream', 'text/event-stream'],
  ['Text/Event-Stream; charset=UTF-8', 'text/event-stream'],
  ['TEXT/EVENT-STREAM;charset=utf-8', 'text/event-stream'],
  [' text/event-stream ; charset=utf-8', 'text/event-stream'],
  ['text/event-streams', 'text/event-streams'],
  ['Application/Problem+JSON', 'application/problem+json'],
  ['; charset=utf-8', ''],
  ['', ''],
  [null, ''],
  [undefined, ''],
])('the media type of %j is %j', (header, type) => {
  expect(mediaTypeOf(header)).toBe(type)
})
