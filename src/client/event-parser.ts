/** One event of an event stream. */
export type StreamEvent = { readonly event: string; readonly data: string; readonly id: string }

/** What comes of a piece of text: its whole events, in order. */
export type EventParser = { push(text: string): readonly StreamEvent[] }

/** A longer event is not ours: the limit keeps a wrong or hostile server from filling the memory. */
export const eventCharsMax = 1_048_576

/**
 * Reads an event stream (HTML §9.2.6) from pieces of text, cut anywhere. Gives each event as soon as its blank line is
 * there; an event that the stream's end cuts off is never given. Throws a RangeError past `eventCharsMax`.
 */
export function eventParser(): EventParser {
  let rest = ''
  let begun = false
  let afterReturn = false
  let event = ''
  let data: string[] = []
  let dataChars = 0
  let id = ''

  function field(name: string, value: string): void {
    if (name === 'data') {
      dataChars += value.length + 1
      if (dataChars > eventCharsMax) throw tooLong()
      data.push(value)
    } else if (name === 'event') event = value
    else if (name === 'id' && !value.includes('\0')) id = value
  }

  function line(text: string): StreamEvent | null {
    if (text === '') return dispatch()
    const colon = text.indexOf(':')
    if (colon === -1) field(text, '')
    else if (colon > 0) field(text.slice(0, colon), text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1))
    return null
  }

  function dispatch(): StreamEvent | null {
    const found = data.length === 0 ? null : { event: event || 'message', data: data.join('\n'), id }
    event = ''
    data = []
    dataChars = 0
    return found
  }

  return {
    push(text) {
      let input = text
      if (!begun && input !== '') {
        begun = true
        if (input.startsWith('\ufeff')) input = input.slice(1)
      }
      // The line feed of a pair that was cut in two.
      if (afterReturn && input.startsWith('\n')) input = input.slice(1)
      if (text !== '') afterReturn = text.endsWith('\r')
      const lines = (rest + input).split(/\r\n|\n|\r/)
      rest = lines.pop() ?? ''
      if (rest.length > eventCharsMax) throw tooLong()
      return lines.map(line).filter((found) => found !== null)
    },
  }
}

function tooLong(): RangeError {
  return new RangeError(`An event is longer than ${eventCharsMax} characters.`)
}
