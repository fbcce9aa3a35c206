import type { Editor } from '../../auth/editor.ts'
import type { Alert, Kind } from '../../domain/alert-types.ts'
import type { Change } from '../../domain/change.ts'
import type { Newsroom } from '../../domain/newsroom.ts'
import type { NamedChange } from '../alert-races.ts'
import type { AuditLine } from '../audit.ts'
import type { Pause } from '../pause.ts'
import type { Item } from './item.ts'
import type { Content } from './item-content.ts'
import type { Lock } from './presence.ts'

/** One act on an item. Plain values: it can be stored, compared and sent elsewhere. `version`: the item's, as the editor saw it. */
export type ItemAct =
  | {
      readonly act: 'create'
      readonly kind: Kind
      readonly alertId: string
      readonly content: Content
      readonly hash: string
    }
  | { readonly act: 'save'; readonly version: number; readonly content: Content; readonly hash: string }
  | { readonly act: 'submit'; readonly version?: number | undefined }
  | { readonly act: 'approve'; readonly hash: string }
  | { readonly act: 'publish'; readonly version?: number | undefined; readonly overrideReason?: string | undefined }
  | { readonly act: 'cancel' }
  | { readonly act: 'delete'; readonly version?: number | undefined }
  /** By the service itself, when the time has come. */
  | { readonly act: 'release' }

/** What an act depends on besides the item. `now`: RFC 3339. */
export type ActContext = {
  readonly now: string
  /** Null: the service itself. */
  readonly editor: Editor | null
  readonly newsroom: Newsroom
  /** The alert that a revision is of, as it stands; null: a new alert. */
  readonly latest: Alert | null
  /** What was done last to that alert, and by whom. */
  readonly latestChange: NamedChange | null
  /** The kill switch. */
  readonly pause: Pause
  /** Somebody who submitted or approved it, as their key is now; null: it has ended. */
  readonly editorNow: (id: string) => Editor | null
  /** Who reads the item now before they approve it. */
  readonly locks: readonly Lock[]
}

/**
 * What an act makes of an item. `item`: null when it is deleted. `change`: what is to be appended in the same transaction.
 * `audit`: lines for the audit log, none where the act was done before.
 */
export type ActOutcome = {
  readonly item: Item | null
  readonly change: Change | null
  readonly audit: readonly AuditLine[]
}
