import type { Authority, Editor } from './editor.ts'

/** A session ends after this, however much it is used. */
export const sessionMsMax = 12 * 60 * 60_000
/** It ends earlier when it is not used for so long; at most `renewAfterMs` less, because that is how often its use is noted. */
export const idleMsMax = 4 * 60 * 60_000
/** The age from which a session's token is replaced by a new one. */
export const renewAfterMs = 60 * 60_000
/** How long the former token is still good, for requests that were sent before the new one arrived. */
export const overlapMs = 60_000
/** A former token that still comes so long after it was replaced is given another: the answer with the first was lost. */
export const renewAgainMs = 10_000

/**
 * A session to open: its id, the hash of its token, now, the end of the token and that of the session (RFC 3339), and its
 * page's origin. `id` absent: the token's hash; `endsAt` absent: `until`.
 */
export type NewSession = {
  readonly id?: string
  readonly tokenHash: string
  readonly now: string
  readonly until: string
  readonly endsAt?: string
  readonly origin: string | null
}

/** A new token for a session. `overlapUntil`: until when the former one is good. */
export type SessionRenewal = {
  readonly tokenHash: string
  readonly now: string
  readonly until: string
  readonly overlapUntil: string
}

/** An open session, as it is listed: days only (`YYYY-MM-DD`; null: unknown), and nothing about the browser. */
export type OpenSession = {
  readonly id: string
  readonly editor: Pick<Editor, 'id' | 'name'>
  readonly openedOn: string | null
  readonly lastUsedOn: string | null
  /** Whether it is the session by which the list was asked for. */
  readonly isCurrent: boolean
}

export interface SessionStore {
  /** Opens a session for the holder of a key, and deletes expired sessions. Null: nobody holds the key. */
  openSession(keyHash: string, session: NewSession): Promise<Editor | null>
  /**
   * Gives a session another token; its end stays. False: it has ended, or has just been given one by another request, whose
   * answer brings it.
   */
  renewSession(tokenHash: string, renewal: SessionRenewal): Promise<boolean>
  /** Ends the session of a token at a time (RFC 3339), with all its tokens. */
  closeSession(tokenHash: string, at: string): Promise<void>
  /** The sessions that are open: an admin's list has everybody's, another one their own. Throws a Problem (401). */
  sessions(by: Authority): Promise<readonly OpenSession[]>
  /**
   * Ends one session, as `sessions` lists them, or with null all of this editor's own; the number of those that ended. Throws
   * a Problem (401).
   */
  endSessions(id: string | null, by: Authority): Promise<number>
}

/** When a new session's token and the session end: not later than the key. */
export function sessionTimes(
  { until, endsAt = until }: Pick<NewSession, 'until' | 'endsAt'>,
  { expiresAt }: Pick<Editor, 'expiresAt'>,
): { readonly until: string; readonly endsAt: string } {
  const atMost = (time: string) => (expiresAt !== undefined && expiresAt < time ? expiresAt : time)
  return { until: atMost(until), endsAt: atMost(endsAt) }
}

/** The day of a time: all that is kept of when a key or a session was used. */
export function dayOf(time: string): string {
  return time.slice(0, 10)
}
