import type { PushRequest, PushResult } from '../../../push/crypto/seal.ts'

/** A connection to one push service. */
export type Link = {
  /** False once it takes no new request. */
  readonly usable: boolean
  /** How many more requests it takes now. */
  readonly room: number
  /** Sends one request to a path of the service. Never rejects; ends within the time-out. */
  ask(path: string, request: PushRequest, answerBytesMax: number, timeoutMs: number): Promise<PushResult>
  /** Takes no new request, and closes when those in progress have ended. */
  retire(): void
  close(): void
}
