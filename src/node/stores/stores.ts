import type { EditorStore } from '../../auth/editor.ts'
import type { SessionStore } from '../../auth/sessions.ts'
import type { AuditLog } from '../../desk/audit.ts'
import type { ItemStore } from '../../desk/items/item-store.ts'
import type { PauseStore } from '../../desk/pause.ts'
import type { WebhookOutbox } from '../../desk/webhooks/webhook-outbox.ts'
import type { DeadLetterStore, WebhookStore } from '../../desk/webhooks/webhook-store.ts'
import type { Published } from '../../domain/newsroom-dropped.ts'
import type { AlertLog, Seq } from '../../log/log.ts'
import type { EntrySigning } from '../../log/sign-entry.ts'
import type { PushKeys } from '../../push/crypto/vapid-key-set.ts'
import type { EditorBrowserStore, NoticeOutbox } from '../../push/editors/editor-browser-store.ts'
import type { Alarms } from '../../push/outbox/alarms.ts'
import type { OutboxStats } from '../../push/outbox/stats.ts'
import type { WebSubStore } from '../../push/websub/websub-store.ts'
import type { StorageFaultKind } from '../../store/storage-fault.ts'
import type { WakeUpSource } from '../cluster/log-wake-ups.ts'
import type { Peers } from '../cluster/peers.ts'
import type { ReportStore } from '../cluster/process-reports.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import type { OpenPushStorage } from './push-storage.ts'
import type { StoreAddress } from './store-address.ts'

export type StoresDeps = {
  readonly config: Config
  readonly peers: Peers
  /** Where a fault of the storage is raised. */
  readonly alarms: Alarms
  readonly logger: Logger
  /** Called when the database was replaced by another while it was open: the service must be started again. */
  readonly replaced: () => void
}

/** Whether the service can store. */
export type StorageState = {
  /** The present fault; null when there is none. */
  readonly fault: StorageFaultKind | null
  /** The same as a sentence, for `/readyz`. */
  readonly why: string | null
  /** For how long the database could not be read by now, in milliseconds. */
  readonly unreadableMs: number
  /** Reports an error, unless it is a fault of the storage: those are reported once and not by each connection. */
  reporting(report: (error: unknown, doing: string) => void): (error: unknown, doing: string) => void
}

/** What a process of the service reads and writes in its database, whichever it is. Each kind of database has its maker. */
export type Stores = {
  /** Where this process's threads open the database. */
  readonly address: StoreAddress
  readonly log: AlertLog
  readonly signing: EntrySigning
  readonly editors: EditorStore & SessionStore & { onEnd(listener: () => void): () => void }
  readonly pauses: PauseStore
  readonly items: ItemStore
  readonly audit: AuditLog
  readonly webhooks: WebhookStore & DeadLetterStore
  readonly webhookOutbox: WebhookOutbox
  readonly notices: EditorBrowserStore & NoticeOutbox
  readonly websub: WebSubStore
  readonly storage: StorageState
  readonly openPushStorage: OpenPushStorage
  /**
   * Wake-ups from other machines that append to the log, and whether they arrive now; null: there are none, or another
   * process of this host has them.
   */
  readonly wakeUps: (WakeUpSource & { readonly isListening: boolean }) | null
  /** What the processes that share this database tell each other; null: the peers are all there are. */
  readonly reports: ReportStore | null
  /** The languages and topics that alerts were published in. */
  published(): Promise<Published>
  /** The keys and the secret of pushing. `note` gets what the operator should know. Rejects with a StartError. */
  pushKeys(note: (line: string) => void): Promise<PushKeys>
  /** State of the outbox, for the metrics; null: unknown now. */
  outboxStats(): OutboxStats | null | Promise<OutboxStats | null>
  /** The hub was given an entry. */
  noteSeq(seq: Seq): void
  /** What must be written before the first reader comes is written. */
  began(): void
  /** Call after all other connections of this process are closed. */
  close(): Promise<void>
}
