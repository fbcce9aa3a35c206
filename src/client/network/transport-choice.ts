import type { ConnectionEnd } from '../back-off.ts'
import type { ListenOptions } from '../listen-options.ts'

const socketFailuresMax = 2

/** Chooses between a WebSocket and the event stream, by what got through before. */
export class TransportChoice {
  readonly #options: Pick<ListenOptions, 'transport' | 'key'>
  #socketFailures = 0
  #socketWorked = false

  constructor(options: Pick<ListenOptions, 'transport' | 'key'>) {
    this.#options = options
  }

  /** For the next connection. */
  choose(): 'socket' | 'events' {
    const { transport = 'auto', key } = this.#options
    if (transport !== 'auto') return transport
    return key !== undefined || this.#socketFailures >= socketFailuresMax ? 'events' : 'socket'
  }

  /** A socket has brought a message. */
  socketOpened(): void {
    this.#socketWorked = true
  }

  /** A connection has ended. `wasOpen`: it had brought a message. */
  ended(transport: 'socket' | 'events', wasOpen: boolean): void {
    if (transport === 'socket') this.#socketFailures = wasOpen ? 0 : this.#socketFailures + 1
    // The event stream failed too, or sockets did get through once: the next attempt is a socket again.
    else if (!wasOpen || this.#socketWorked) this.#socketFailures = socketFailuresMax - 1
  }

  /** The platform has no WebSocket, or none for this address. */
  withoutSockets(): void {
    this.#socketFailures = socketFailuresMax
  }
}

/** Whether a socket failed before its first message without a reason: WebSockets hide the HTTP answer. */
export function isUnexplained({ code, error }: ConnectionEnd): boolean {
  return error === undefined && (code === undefined || code === 1006)
}
