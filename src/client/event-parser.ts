import { createParser } from 'eventsource-parser'
import { eventCharsMax } from '../protocol/event-encoding.ts'

/**
 * A parser of an event stream, fed with pieces of text that may be cut anywhere. Calls `onData` with the data of each event
 * as soon as the blank line behind it is there. Feeding throws a RangeError for an event or a line that is longer than
 * `eventCharsMax` characters, so that a wrong or hostile server cannot fill the memory.
 */
export function eventParser(onData: (data: string) => void): { feed(text: string): void } {
  return createParser({
    maxBufferSize: eventCharsMax,
    onEvent: ({ data }) => onData(data),
    // Unknown fields and a malformed `retry` are passed over, as the standard says.
    onError({ type, message }) {
      if (type === 'max-buffer-size-exceeded') throw new RangeError(message)
    },
  })
}
