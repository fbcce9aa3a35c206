/** What every alert's text has in it, and nothing else that a server says. */
const alertMark = '"type":"alert"'
/** What Tocsin says of a reader's position before the first alert. */
const greetingMark = '"type":"head"'

/**
 * Counts the alerts and greetings of one event stream without taking its chunks apart, so that ten thousand of these cost less
 * than the server that is measured. A mark that a chunk's end has cut is found with the next one.
 */
export class EventCounter {
  /** The end of what has come, shorter than a mark. */
  #tail: Buffer | null = null

  take(chunk: Buffer): { readonly alerts: number; readonly greetings: number } {
    const bytes = this.#tail === null ? chunk : Buffer.concat([this.#tail, chunk])
    const alerts = countOf(bytes, alertMark)
    const greetings = countOf(bytes, greetingMark)
    // Most chunks end with an event, and an event with an empty line.
    this.#tail = chunk.at(-1) === lineEnd ? null : Buffer.from(bytes.subarray(endOfLastMark(bytes)))
    return { alerts, greetings }
  }
}

const lineEnd = 10

function countOf(bytes: Buffer, mark: string): number {
  let count = 0
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + mark.length)) count += 1
  return count
}

/** From here on a mark may begin that has not all come. */
function endOfLastMark(bytes: Buffer): number {
  const least = bytes.length - alertMark.length + 1
  const ends = [alertMark, greetingMark].map((mark) => {
    const at = bytes.lastIndexOf(mark)
    return at === -1 ? 0 : at + mark.length
  })
  return Math.max(least, 0, ...ends)
}
