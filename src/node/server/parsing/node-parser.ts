import type { Socket } from 'node:net'

type Parse = (chunk: Buffer) => void

const headEnd = '\r\n\r\n'
/** So many pieces of a body in chunks may be as small as they come; those that follow are of so many bytes at least. */
const smallPiecesMax = 64
const pieceBytesMin = 1_024
/** What Node gives a connection away for, whoever asks (RFC 9110 §9.3.6). */
const tunnelRequest = Buffer.from('CONNECT detach:1 HTTP/1.1\r\nHost: detach\r\n\r\n')

/** Node's HTTP parser of one connection, which is given bytes by us instead of by the socket. */
export class NodeParser {
  /** Whether what it was given last ended with a head: where that had no body, nothing of a request is under way. */
  isAfterHead = false
  readonly #parse: Parse
  /** Bytes of the body in hand that have not been given yet; 0 where its length is not known. */
  #bodyLeft = 0
  #bodyPieces = 0

  private constructor(parse: Parse) {
    this.#parse = parse
  }

  /** Takes the place of the server's own listener for bytes. Null where Node is otherwise than expected. */
  static takeOver(socket: Socket): NodeParser | null {
    const [parse, ...others] = socket.listeners('data')
    if (parse === undefined || others.length > 0) return null
    socket.off('data', parse as Parse)
    return new NodeParser(parse as Parse)
  }

  /** A request was found; `length`: its body's, 0 where that is not known. */
  beginBody(length: number): void {
    this.#bodyLeft = length
    this.#bodyPieces = 0
  }

  /** Where the piece ends that it may be given next: no more than one head, and no more of a body than there is. */
  endOfPiece(bytes: Buffer, isInBody: boolean): number {
    return isInBody ? this.#endInBody(bytes) : pastHeadEnd(bytes, 0)
  }

  parse(piece: Buffer, isInBody: boolean): void {
    this.isAfterHead =
      !isInBody && piece.length >= headEnd.length && piece.indexOf(headEnd) === piece.length - headEnd.length
    this.#parse(piece)
  }

  /** Asks Node to give the connection away, by the server's event `connect`: so it is rid of parser and listeners. */
  detach(): void {
    this.#parse(tunnelRequest)
  }

  /** In a body an empty line says nothing, but it may end one in chunks: many are given in larger pieces. */
  #endInBody(bytes: Buffer): number {
    const end = Math.min(this.#bodyLeft, bytes.length)
    this.#bodyLeft -= end
    if (end > 0) return end
    this.#bodyPieces += 1
    return pastHeadEnd(bytes, this.#bodyPieces > smallPiecesMax ? pieceBytesMin : 0)
  }
}

/** Where the first empty line after so many bytes ends; all bytes where there is none. */
function pastHeadEnd(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(headEnd, from)
  return at === -1 ? bytes.length : at + headEnd.length
}
