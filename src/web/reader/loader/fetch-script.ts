/** How long nothing may come until a request is given up, by the first attempt; each further one has as long more. */
const silentMs = 5_000
/** For some minutes. */
const tries = 12
const pauseMs = 500

/**
 * Brings a script into the browser's cache, where an import finds it. On some networks a connection stops silently after some
 * kilobytes, and no browser gives up the request of a `<script>` or an import then. One that is given up here ends its connection
 * in HTTP/1.1, so that the next attempt has another. Never fails: after the last attempt the import says what is wrong.
 */
export async function fetchScript(path: string): Promise<void> {
  for (let tried = 1; tried <= tries; tried += 1) {
    const abort = new AbortController()
    const pause = (ms: number) => new Promise<unknown>((resolve) => setTimeout(resolve, ms * tried)) as Promise<never>
    // What comes of silence is undefined, which has no fields: that is caught as each failure is.
    const unlessSilent = <Result>(result: Promise<Result>) => Promise.race([result, pause(silentMs)])
    try {
      const { ok, body } = await unlessSilent(fetch(path, { signal: abort.signal }))
      // Without a body there is no script either.
      const reader = (body as ReadableStream).getReader()
      while (!(await unlessSilent(reader.read())).done);
      if (ok) return
    } catch {}
    abort.abort()
    await pause(pauseMs)
  }
}
