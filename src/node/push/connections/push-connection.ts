import type { PushAnswer, PushRequest } from '../../../push/crypto/seal.ts'

/** A connection to one push service. */
export type Link = {
  /** False once nothing new may be sent on it. */
  readonly usable: boolean
  /** How many more requests it takes now. */
  readonly room: number
  /** Sends one request to a path there. Never rejects; ends within the time-out. */
  ask(path: string, request: PushRequest, answerBytesMax: number, timeoutMs: number): Promise<PushAnswer>
  /** Takes nothing new, and closes when what is under way has ended. */
  retire(): void
  close(): void
}
