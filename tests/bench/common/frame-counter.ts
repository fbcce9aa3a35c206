/** What a load client does with what it hears; payloads are looked at only where they are short. */
export type Hearing = {
  /** A message that is long enough to be the alert. */
  onAlert(): void
  /** Any other text: a greeting, a heartbeat, Socket.IO's ping. */
  onSmall(firstByte: number, length: number): void
  onPing(): void
}

export const alertBytesMin = 300

/**
 * Counts the frames of one connection (RFC 6455 §5.2) without keeping a byte of them, so that ten thousand of these
 * cost less than the server that is measured. Servers do not mask.
 */
export class FrameCounter {
  /** Bytes of the present frame's payload that are still to come. */
  #left = 0
  /** A header that a chunk's end has cut. */
  #cut: Buffer | null = null

  take(chunk: Buffer, hearing: Hearing): void {
    const bytes = this.#cut === null ? chunk : Buffer.concat([this.#cut, chunk])
    this.#cut = null
    let at = Math.min(this.#left, bytes.length)
    this.#left -= at
    while (at < bytes.length) {
      const start = headerEnd(bytes, at)
      if (start === -1) {
        this.#cut = Buffer.from(bytes.subarray(at))
        return
      }
      const opcode = (bytes[at] ?? 0) & 15
      const length = payloadLength(bytes, at)
      if (opcode === 9) hearing.onPing()
      else if (opcode === 8) throw new Error('the server has closed the connection')
      else if (length >= alertBytesMin) hearing.onAlert()
      else hearing.onSmall(bytes[start] ?? 0, length)
      at = start + length
      if (at > bytes.length) {
        this.#left = at - bytes.length
        return
      }
    }
  }
}

function payloadLength(bytes: Buffer, at: number): number {
  const short = (bytes[at + 1] ?? 0) & 127
  if (short === 126) return bytes.readUInt16BE(at + 2)
  return short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short
}

/** Where the payload begins; -1 when the header is not all there. */
function headerEnd(bytes: Buffer, at: number): number {
  if (at + 2 > bytes.length) return -1
  const short = (bytes[at + 1] ?? 0) & 127
  const end = at + 2 + (short === 126 ? 2 : short === 127 ? 8 : 0)
  return end > bytes.length ? -1 : end
}
