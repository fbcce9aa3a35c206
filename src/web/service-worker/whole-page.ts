/** How long nothing may come of a body until it is given up: on some networks a connection stops silently after some kilobytes. */
const silentMs = 5_000
const tries = 3

/** An answer that came whole. `head`: as the browser gave it. `page`: with the body, to be cloned by who reads it. */
export type WholePage = { readonly head: Response; readonly page: Response }

/** A request in progress: the first answer without its body, the same whole, and the one that came whole in the end. */
export type AskedPage = {
  readonly head: Promise<Response>
  readonly first: Promise<WholePage>
  readonly whole: Promise<WholePage>
}

/**
 * Asks for a page, and again where its body stops on the way: what is given up ends its connection in HTTP/1.1, and the next attempt
 * has another. In HTTP/2 it has another where it goes without credentials (https://fetch.spec.whatwg.org/#connections), so each but
 * the first should. `ask`: makes one request. `abort`: ends all.
 */
export function askForPage(
  ask: (tried: number, signal: AbortSignal) => Promise<Response>,
  abort: AbortController,
): AskedPage {
  let stop = () => {}
  abort.signal.addEventListener('abort', () => stop())
  const attempt = (tried: number) => {
    const own = new AbortController()
    stop = () => own.abort()
    const head = ask(tried, own.signal)
    return { head, first: head.then(async (it) => ({ head: it, page: await withBody(it, stop) })) }
  }
  const { head, first } = attempt(1)
  const whole = async () => {
    // Only what has stopped is asked for again: where there is no connection, that is known at once.
    for (let tried = 1, asked = first; ; asked = attempt(tried).first)
      try {
        return await asked
      } catch (error) {
        tried += 1
        if (tried > tries || abort.signal.aborted || (error as Error).name !== 'AbortError') throw error
      }
  }
  return { head, first, whole: whole() }
}

async function withBody(head: Response, giveUp: () => void): Promise<Response> {
  // A redirect has none, and can only be passed on as it is.
  if (head.body === null) return head
  const reader = head.body.getReader()
  const decoder = new TextDecoder()
  for (let text = ''; ; ) {
    const timer = setTimeout(giveUp, silentMs)
    const { done, value } = await reader.read().finally(() => clearTimeout(timer))
    if (done) {
      const { status, headers } = head
      return new Response(text, { status, headers })
    }
    text += decoder.decode(value, { stream: true })
  }
}
