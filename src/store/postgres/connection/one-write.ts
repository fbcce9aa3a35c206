type Corked = { readonly writableCorked: number; cork(): void; uncork(): void }

/** What is written to a connection from now on, until the event loop goes on, becomes one write to its socket. */
export function oneWrite(stream: Corked): void {
  if (stream.writableCorked > 0) return
  stream.cork()
  setImmediate(() => stream.uncork())
}
