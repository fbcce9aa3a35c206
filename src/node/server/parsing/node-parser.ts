import type { Socket } from 'node:net'

type Parse = (chunk: Buffer) => void

const headEnd = '\r\n\r\n'
/** How many pieces of a chunked body may be arbitrarily small. Later pieces have at least the number of bytes below. */
const smallPiecesMax = 64
const pieceBytesMin = 1_024
/** The methods for which Node detaches its parser from a connection (RFC 9110 §9.3.6). */
const tunnelRequest = Buffer.from('CONNECT detach:1 HTTP/1.1\r\nHost: detach\r\n\r\n')

/** Node's HTTP parser of one connection. Our code gives it the bytes, in place of the socket. */
export class NodeParser {
  /** Whether the last bytes ended with a head. Unless that request has a body, no request is in progress then. */
  isAfterHead = false
  readonly #parse: Parse
  /** Bytes of the current body that the parser has not been given yet; 0 where the length is unknown. */
  #bodyLeft = 0
  #bodyPieces = 0

  private constructor(parse: Parse) {
    this.#parse = parse
  }

  /** Replaces Node's own `data` listener. Null where Node's internals differ from what is expected. */
  static takeOver(socket: Socket): NodeParser | null {
    const [parse, ...others] = socket.listeners('data')
    if (parse === undefined || others.length > 0) return null
    socket.off('data', parse as Parse)
    return new NodeParser(parse as Parse)
  }

  /** A request was found. `length`: the bytes of its body, 0 where that is unknown. */
  beginBody(length: number): void {
    this.#bodyLeft = length
    this.#bodyPieces = 0
  }

  /** Where the next piece ends: it has at most one head, and no more of a body than remains. */
  endOfPiece(bytes: Buffer, isInBody: boolean): number {
    return isInBody ? this.#endInBody(bytes) : pastHeadEnd(bytes, 0)
  }

  parse(piece: Buffer, isInBody: boolean): void {
    this.isAfterHead =
      !isInBody && piece.length >= headEnd.length && piece.indexOf(headEnd) === piece.length - headEnd.length
    this.#parse(piece)
  }

  /**
   * Makes Node detach its parser, by the server's `connect` event. So the connection is rid of parser and listeners.
   */
  detach(): void {
    this.#parse(tunnelRequest)
  }

  /**
   * In a body an empty line means nothing, except that it may end a chunked one. So many empty lines are given in
   * larger pieces.
   */
  #endInBody(bytes: Buffer): number {
    const end = Math.min(this.#bodyLeft, bytes.length)
    this.#bodyLeft -= end
    if (end > 0) return end
    this.#bodyPieces += 1
    return pastHeadEnd(bytes, this.#bodyPieces > smallPiecesMax ? pieceBytesMin : 0)
  }
}

/** The index after the first empty line that follows `from` bytes; the length of all bytes where there is none. */
function pastHeadEnd(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(headEnd, from)
  return at === -1 ? bytes.length : at + headEnd.length
}
