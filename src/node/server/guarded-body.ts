/**
 * Wraps a response body whose source may fail while it is sent. `broken` must destroy the connection: that is the only
 * way to show the peer that the body is incomplete (RFC 9112 §8), and nothing else may be written into a response that
 * has begun.
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
