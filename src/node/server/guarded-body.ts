/**
 * The body of an answer from a source that may fail while it is sent. `broken` must end the connection: only so does the
 * peer learn that not all has come (RFC 9112 §8), and nothing else may be written into an answer that has begun.
 */
export function guardedBody(
  source: ReadableStream<Uint8Array>,
  length: number,
  broken: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const reader = source.getReader()
  let left = length
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (!done) {
          left -= value.byteLength
          controller.enqueue(value)
          return
        }
        if (left !== 0) throw new Error(`${length} bytes were announced; ${length - left} came`)
      } catch (error) {
        broken(error)
      }
      controller.close()
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
