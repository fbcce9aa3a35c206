import type { AlertChanged } from '../../../desk/difference.ts'
import type { Alert } from '../../../domain/alert-types.ts'
import type { DeskItem } from '../editing/item-draft.ts'
import { isWaiting } from '../state/desk-state.ts'

/** A retraction that is asked about. */
export type Retraction = {
  /** As it stands now. */
  readonly alert: Alert
  /** The Idempotency-Key, one for this intention: pressing again after a lost answer retracts nothing twice. */
  readonly key: string
  /** What was wrong, by language, emptied ones too. */
  readonly note: Readonly<Record<string, string>>
  /** Whom it reaches, in words. */
  readonly reach: string
  /** What others did to the alert meanwhile. */
  readonly changed: AlertChanged | null
  /** What has become of the alert and of what waits with a change of it, since this is asked: read out. */
  readonly news: string
}

/** What was begun and not sent: an ended session or a closed dialog loses no note. */
export type BegunRetraction = Pick<Retraction, 'key' | 'note'>

type Notes = Readonly<Record<string, string>>

/** The note is prefilled in every language, so that a tick and a press are enough. `usual`: what it begins with. */
export function newRetraction(alert: Alert, { key, note }: BegunRetraction, usual: Notes, reach: string): Retraction {
  return { alert, key, note: noteFor(alert, note, usual), reach, changed: null, news: '' }
}

function noteFor({ texts }: Alert, note: Notes, usual: Notes): Notes {
  const begun = Object.keys(texts).map((tag) => [tag, note[tag] ?? usual[tag] ?? ''])
  return { ...note, ...Object.fromEntries(begun) }
}

/** The alert was changed while this was asked: notes that were written stay, and the newer version is confirmed again. */
export function withMeanwhile(retraction: Retraction, changed: AlertChanged, usual: Notes): Retraction {
  const { alert } = changed
  return { ...retraction, alert, changed, note: noteFor(alert, retraction.note, usual) }
}

/** Whether somebody else has retracted it: nothing is left to do. */
export function isOver({ alert }: Retraction): boolean {
  return alert.status === 'retracted'
}

/** The note as it is sent: in the languages that have one. */
export function noteSent({ note }: Retraction): Notes {
  const trimmed = Object.entries(note).map(([tag, text]) => [tag, text.trim()] as const)
  return Object.fromEntries(trimmed.filter(([, text]) => text !== ''))
}

/** The languages without a note, whose readers do not learn what was wrong. */
export function wordless({ note }: Retraction): readonly string[] {
  return Object.keys(note).filter((tag) => note[tag]?.trim() === '')
}

/** What changes the same alert and has not gone out yet: once the alert is retracted, it cannot. */
export function notOutYet({ id }: Pick<Alert, 'id'>, waiting: readonly DeskItem[]): readonly DeskItem[] {
  return waiting.filter((item) => item.alertId === id && item.kind !== 'retraction' && isWaiting(item))
}

/** Which of these changes of an alert waited when it was looked at last, and do not any more. */
export function waitNoMore(
  alert: Pick<Alert, 'id'>,
  before: readonly DeskItem[],
  after: readonly DeskItem[],
): readonly DeskItem[] {
  const still = notOutYet(alert, after)
  return notOutYet(alert, before).filter(({ id }) => !still.some((it) => it.id === id))
}
