import type { IncomingMessage, ServerResponse } from 'node:http'

/** A request and the response to it. */
export type Exchange = { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse }

/** Requests that Node's parser may find in the same bytes as the current one. */
const queuedMax = 4

/** The requests of one connection that Node's parser has found: one that is being answered, and a few behind it. */
export class RequestQueue {
  #current: Exchange | null = null
  #queued: Exchange[] = []
  #isAnswered = false
  /** A request that was answered before the end of its body, whose rest is discarded. */
  #refused: IncomingMessage | null = null

  /** Whether a request is being read or answered. */
  get isBusy(): boolean {
    return this.#current !== null
  }

  /** Whether requests wait behind the current one. */
  get hasQueued(): boolean {
    return this.#queued.length > 0
  }

  /** Whether the current request has a body that has not been read to its end. */
  get isInBody(): boolean {
    return this.#current?.incoming.complete === false
  }

  /** Whether the head of the response has been written, to the current request or to one whose body is still coming. */
  get hasBegunAnswer(): boolean {
    return this.#current?.outgoing.headersSent ?? this.isDiscarding
  }

  /** Whether the last request was read to its end and its response is written. */
  get isAnswered(): boolean {
    return this.#isAnswered
  }

  /** Whether the rest of the body of an answered request is still coming. */
  get isDiscarding(): boolean {
    return this.#refused?.complete === false
  }

  begin(exchange: Exchange): void {
    this.#current = exchange
    this.#isAnswered = false
  }

  /** Queues a request behind the current one. False: there are more than a peer may send ahead. */
  add(exchange: Exchange): boolean {
    return this.#queued.push(exchange) <= queuedMax
  }

  /** The current response is written, or was broken off. Nobody reads what is still to come of the request's body. */
  end(): void {
    const incoming = this.#current?.incoming ?? null
    this.#isAnswered = incoming?.complete === true
    this.#refused = this.#isAnswered ? null : incoming
    // A closed connection with bytes that were not read is reset, and the peer might lose the response.
    if (this.#refused !== null) discard(this.#refused)
    this.#current = null
  }

  /** Takes the oldest queued request. */
  next(): Exchange | undefined {
    return this.#queued.shift()
  }

  /** Drops the queued requests. */
  clear(): void {
    this.#queued = []
  }
}

/** Reads on, for nobody. A reader of the body that still waits for a chunk would keep the stream from flowing. */
function discard(incoming: IncomingMessage): void {
  incoming.removeAllListeners('readable')
  process.nextTick(() => incoming.resume())
}
