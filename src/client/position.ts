import { cursorPattern, epochOf, seqOf } from '../protocol/cursor.ts'

/** Throws a TypeError for an `after` that is neither a cursor nor `now` nor nothing: the service would refuse it. */
export function refuseMalformed(after: string | null | undefined): void {
  // Apps read it from a storage that may have nothing.
  if (after === undefined || after === null || after === '' || after === 'now') return
  if (typeof after !== 'string' || !cursorPattern.test(after))
    throw new TypeError(
      `${JSON.stringify(String(after).slice(0, 60))} is not a cursor. Give back the last one, or "now", or none.`,
    )
}

/** Where a listener stands in the log. */
export class Position {
  #seen: string | undefined
  #beganAt: string | undefined

  /** `after`: the last cursor seen; `now` or nothing: none yet. */
  constructor(after: string | undefined) {
    this.#seen = after === 'now' || after === '' ? undefined : after
  }

  get cursor(): string | undefined {
    return this.#seen
  }

  /** A connection begins here. */
  begin(): void {
    this.#beganAt = this.#seen
  }

  /** Whether the connection has brought the listener on. */
  get hasMoved(): boolean {
    return this.#seen !== this.#beganAt
  }

  /** Onward, never back within a log. False for what was seen already. */
  advance(cursor: string): boolean {
    const known = this.#seen
    if (known !== undefined && epochOf(known) === epochOf(cursor) && seqOf(cursor) <= seqOf(known)) return false
    this.#seen = cursor
    return true
  }

  /** To the head of a log that cannot be gone on with. */
  reset(head: string): void {
    this.#seen = head
  }
}
