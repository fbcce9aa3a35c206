/** The part of the WebSocket interface that the client uses. */
type SocketLike = {
  addEventListener(type: 'message', act: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', act: (event: { readonly code: number; readonly reason: string }) => void): void
  addEventListener(type: 'error', act: () => void): void
  send(text: string): void
  close(code?: number, reason?: string): void
}

/** What the client uses of its platform; tests replace parts of it. */
export type World = {
  /** Milliseconds since 1970, as `Date.now()`. */
  readonly now: () => number
  /** From 0 up to 1. */
  readonly random: () => number
  /**
   * Calls `act` once after so many milliseconds, or sooner where a timer cannot be that long. Returns a function that
   * cancels it.
   */
  readonly later: (ms: number, act: () => void) => () => void
  readonly openSocket: (url: string, protocols: readonly string[]) => SocketLike
  readonly fetch: (
    url: string,
    request: {
      readonly headers: Record<string, string>
      readonly signal: AbortSignal
      readonly cache?: 'no-store' | 'no-cache'
      readonly credentials?: 'omit'
      readonly referrerPolicy?: 'no-referrer'
      readonly redirect?: 'manual'
    },
  ) => Promise<Response>
  /** Calls `act` when the device is online again, where the platform says so. Returns a function that stops it. */
  readonly onWake: (act: () => void) => () => void
}

/** A timer with a longer time fires at once (https://html.spec.whatwg.org/#timers). */
const timerMsMax = 2 ** 31 - 1

/** Browsers, Node, Workers. Where there is no WebSocket (Node 20), opening one throws. */
export const platform: World = {
  now: () => Date.now(),
  random: () => Math.random(),
  later(ms, act) {
    const timer = setTimeout(act, Math.min(ms, timerMsMax))
    return () => clearTimeout(timer)
  },
  openSocket: (url, protocols) => new WebSocket(url, [...protocols]),
  fetch: (url, request) => fetch(url, request),
  onWake(act) {
    const target = globalThis as Partial<Pick<EventTarget, 'addEventListener' | 'removeEventListener'>>
    target.addEventListener?.('online', act)
    return () => target.removeEventListener?.('online', act)
  },
}
