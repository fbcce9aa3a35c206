import type { Authority } from '../../auth/editor.ts'
import { type AuditLine, deskLine } from '../../desk/audit.ts'
import { Problem } from '../../domain/problem.ts'
import type { NoticeKind } from './notice.ts'

/** A browser in which an editor has turned notifications on. Its push address is encrypted, as readers' are. */
export type EditorBrowser = {
  readonly id: string
  readonly endpointHash: Uint8Array
  readonly address: Uint8Array
  /** The VAPID key that it subscribed with. */
  readonly vapidKeyId: string
  /** The desk's language there. */
  readonly language: string
  readonly createdAt: string
}

/**
 * The browsers of editors. They end with the editor's key, with the session in which they were turned on when that is signed
 * out, and all of an editor's when they sign out everywhere. A session that expires ends nothing.
 */
export interface EditorBrowserStore {
  /** What is stored of an endpoint: its encrypted address, whoever's it is. Null: nothing. */
  addressOf(endpointHash: Uint8Array): Promise<Uint8Array | null>
  /**
   * Stores a browser for the editor. What is stored of the same endpoint is the same browser when it is this editor's: its id
   * and time stay. Another editor's ends, if its address is `same`, the one that the requester has shown to have. Beyond `most`
   * an editor's oldest one ends. Throws a Problem (401, 403, 409 `endpoint-taken`).
   */
  put(
    browser: EditorBrowser,
    by: Authority,
    most: number,
    same?: Uint8Array | null,
  ): Promise<{ readonly id: string; readonly made: boolean }>
  /** Those of the editor, the oldest first. */
  list(by: Authority): Promise<readonly Pick<EditorBrowser, 'id' | 'createdAt'>[]>
  /** Whether the editor had one with this id. */
  remove(id: string, by: Authority): Promise<boolean>
}

/** A notice to one browser, leased for one attempt. `attempts`: how often it was tried before. */
export type LeasedNotice = EditorBrowser & {
  readonly n: number
  readonly kind: NoticeKind
  readonly itemId: string | null
  readonly attempts: number
  /** Whether its push service has said once that it is gone. */
  readonly lookedGone: boolean
  readonly lease: string
}

/** `done`: it is not tried again; `gone`: its browser ends. */
export type NoticeOutcome =
  | { readonly kind: 'done' | 'gone' }
  | { readonly kind: 'again'; readonly afterMs: number; readonly isCounted: boolean; readonly lookedGone: boolean }

/**
 * The notices that wait to be sent. They are made by the stores, in the transaction of what they tell of. `now`: Unix
 * milliseconds; a store whose database has a clock of its own uses that one.
 */
export interface NoticeOutbox {
  /**
   * Leases the oldest that are due, at most `most`; what is not settled in time is leased again. Those that are older than
   * `keptMs` are deleted. `nextMs`: after how many milliseconds the next of the others is due; null: none waits.
   */
  claim(claim: {
    readonly lease: string
    readonly most: number
    readonly leaseMs: number
    readonly keptMs: number
    readonly now: number
  }): Promise<{ readonly notices: readonly LeasedNotice[]; readonly nextMs: number | null }>
  /** Stores what became of a notice, if its lease still counts. */
  settle(notice: Pick<LeasedNotice, 'n' | 'id' | 'lease'>, outcome: NoticeOutcome, now: number): Promise<void>
}

/** The Problem for who turns notifications on in a browser of somebody else, whose keys they do not have. */
export function endpointTaken(): Problem {
  return new Problem(
    409,
    'endpoint-taken',
    'Another editor gets notifications at this endpoint, with other keys. Nothing was changed. In your own browser, subscribe again (unsubscribe, then subscribe) and turn notifications on with what it gives.',
  )
}

/** The line of the audit log for a browser that an editor turned notifications on or off in. */
export function browserLine(
  act: 'notifications-on' | 'notifications-off',
  at: string,
  by: NonNullable<AuditLine['by']>,
  browser: string,
): AuditLine {
  return deskLine(act, at, by, { browser })
}

/** Whether two are the same bytes. */
export function isSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at])
}
