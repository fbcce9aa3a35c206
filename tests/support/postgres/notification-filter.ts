const notificationType = 'A'.charCodeAt(0)
/** A message is its type (one byte), its length (four bytes, which count themselves too), and its content. */
const headerBytes = 5

/**
 * Takes the notifications out of all that a PostgreSQL server sends
 * (https://www.postgresql.org/docs/current/protocol-message-formats.html, NotificationResponse). Only for a connection
 * without TLS.
 */
export class NotificationFilter {
  #rest = Buffer.alloc(0)
  /** How many were taken out. */
  removed = 0

  /** The whole messages in what has come so far; `isRemoving`: without the notifications. */
  filtered(bytes: Buffer, isRemoving: boolean): Buffer {
    this.#rest = Buffer.concat([this.#rest, bytes])
    const kept: Buffer[] = []
    for (;;) {
      const length = this.#rest.length < headerBytes ? Number.POSITIVE_INFINITY : 1 + this.#rest.readUInt32BE(1)
      if (this.#rest.length < length) return Buffer.concat(kept)
      if (isRemoving && this.#rest[0] === notificationType) this.removed += 1
      else kept.push(this.#rest.subarray(0, length))
      this.#rest = this.#rest.subarray(length)
    }
  }
}
