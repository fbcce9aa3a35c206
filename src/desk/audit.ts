import type { Authority } from '../auth/editor.ts'
import type { Entry } from '../log/log.ts'

/** What editors do at the desk beside items, as the audit log calls it. Items have acts of their own (`act-on-item.ts`). */
export const deskActs = [
  'key-made',
  'key-revoked',
  'key-expired',
  'session-opened',
  'session-ended',
  'sessions-ended',
  'paused',
  'resumed',
  'published',
  'pushes-stopped',
  'subscriptions-imported',
  'subscriptions-exported',
  'webhook-made',
  'webhook-changed',
  'webhook-secret-made',
  'webhook-deleted',
  'webhook-tested',
  'webhook-replayed',
  'webhook-ended',
  'notifications-on',
  'notifications-off',
] as const
export type DeskAct = (typeof deskActs)[number]

/** Acts on items, by editors and by the service itself when their time comes. */
const itemActs = [
  'create',
  'save',
  'submit',
  'approve',
  'publish',
  'override',
  'cancel',
  'delete',
  'release',
  'missed',
  'key-ended',
  'refused',
  'unlock',
] as const

/** Every act that a line can be about. `published`: an alert went out, with an item or at once. */
export const auditActs: readonly string[] = [...deskActs, ...itemActs]

/** A line of the audit log, without its number. `by`: null for the service itself, and for its operator. */
export type AuditLine = {
  readonly at: string
  readonly by: { readonly id: string; readonly name: string } | null
  readonly act: string
  readonly itemId: string | null
  readonly alertId: string | null
  readonly detail: Readonly<Record<string, unknown>>
}

/** A line of the audit log with its number, which goes up. Numbers may be left out, because what is rolled back had one too. */
export type AuditEntry = AuditLine & { readonly id: number }

/**
 * Which lines are read, newest first: `before`: with a smaller number; `act`: of this name; `editorId`: of this editor;
 * `since`: not before this time (RFC 3339).
 */
export type AuditPart = {
  readonly limit: number
  readonly before?: number | undefined
  readonly act?: string | undefined
  readonly editorId?: string | undefined
  readonly since?: string | undefined
}

/**
 * Who did what and when. Lines are only ever added: what changes the state of the desk writes its line in its own
 * transaction, by each store.
 */
export interface AuditLog {
  /**
   * Adds a line for what changes nothing in this database, or many things in many transactions. Call before it begins: what
   * cannot be noted is not done. Throws a Problem (401, 403).
   */
  note(act: DeskAct, detail: AuditLine['detail'], by: Authority): Promise<void>
  read(part: AuditPart): Promise<readonly AuditEntry[]>
}

/** A line about what an editor did at the desk. `by`: null for the service's operator. */
export function deskLine(
  act: DeskAct,
  at: string,
  by: AuditLine['by'],
  detail: AuditLine['detail'],
  alertId: string | null = null,
): AuditLine {
  const actor = by === null ? null : { id: by.id, name: by.name }
  return { at, by: actor, act, itemId: null, alertId, detail }
}

/** The line about what an editor published at once, without an item. */
export function publicationLine({ kind, seq, at, alert }: Entry, by: NonNullable<AuditLine['by']>): AuditLine {
  const { version, level, audience, topics, texts } = alert
  const detail = { seq, kind, version, level, audience, topics, languages: Object.keys(texts) }
  return deskLine('published', at, by, detail, alert.id)
}
