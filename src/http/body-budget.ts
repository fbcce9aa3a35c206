import { Problem } from '../domain/problem.ts'

/** Bytes of bodies that are being read, of all requests together. What was declared and has not come is not counted. */
const budgetBytesMax = 64 * 1024 * 1024
/** From the end of the headers to the end of a body of usual size. */
export const bodyMsMax = 5_000
const retryAfterSeconds = 2

/** Counts the bytes of request bodies that are in memory and not parsed yet. */
export class BodyBudget {
  readonly #bytesMax: number
  #bytes = 0

  constructor(bytesMax = budgetBytesMax) {
    this.#bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Bytes have come. Throws a Problem (503) when there are too many from all. */
  take(bytes: number): void {
    if (this.#bytes + bytes > this.#bytesMax)
      throw new Problem(
        503,
        'too-many-bodies',
        'More is being sent at this moment than can be kept. Send it again soon.',
        {
          retryAfterSeconds,
        },
      )
    this.#bytes += bytes
  }

  give(bytes: number): void {
    this.#bytes -= bytes
  }
}

/** Of this process, or of this copy of a Worker. */
export const bodyBudget = new BodyBudget()

export function bodyBrokenOff(): Problem {
  return new Problem(400, 'body-broken-off', 'The body ended before its end. Nothing was changed.')
}

export function bodyTooLate(): Problem {
  return new Problem(408, 'body-too-late', 'The body did not come in time. Nothing was changed; send it again.')
}
