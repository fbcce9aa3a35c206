import type { Alert } from '../../../domain/alert-types.ts'
import type { DeskDraft } from '../editing/desk-draft.ts'
import type { DeskItem } from '../editing/item-draft.ts'
import { t } from '../state/desk-words.ts'
import { headlineOf } from '../view/parts/view-parts.ts'

/** What an item or draft is called. `tag`: the language of a headline that stands alone; else the words are the desk's. */
export type ItemName = { readonly headline: string; readonly tag?: string | undefined }

type KnownAlert = Pick<Alert, 'level' | 'audience'> & { readonly headline: string | undefined }

/** The alerts that items change, by id: a change says only what it changes, and is called by the alert's headline. */
const alerts = new Map<string, KnownAlert>()

/** An alert was read, as it stands now. */
export function knowAlert(alert: Pick<Alert, 'id' | 'texts' | 'level' | 'audience'>): void {
  const { id, level, audience } = alert
  alerts.set(id, { level, audience, headline: headlineOf(alert)?.headline })
}

type Known = Pick<DeskItem, 'kind' | 'alertId' | 'level' | 'audience'>

/** What an item is of: its level and audience as they will be, and the headline of the alert that it changes, where they are known. */
export function aboutItem({ kind, alertId, level, audience }: Known): {
  readonly [Part in keyof KnownAlert]: KnownAlert[Part] | undefined
} {
  const alert = kind === 'alert' ? undefined : alerts.get(alertId)
  return { level: level ?? alert?.level, audience: audience ?? alert?.audience, headline: alert?.headline }
}

/** Which of these change an alert that must be read to show them, each alert once. A draft with a headline needs none. */
export function unnamed<Item extends Pick<DeskItem, 'kind' | 'alertId' | 'texts' | 'state'>>(
  items: readonly Item[],
): Item[] {
  const isNeeded = (item: Item) => headlineOf(item) === null || (item.state !== 'draft' && item.state !== 'cancelled')
  const missing = items.filter((item) => item.kind !== 'alert' && isNeeded(item) && !alerts.has(item.alertId))
  return missing.filter(({ alertId }, nth) => missing.findIndex((it) => it.alertId === alertId) === nth)
}

/** By its headline; a change that leaves the headline as it is by that of the alert, and by what it does to it. */
export function nameOfItem(item: Pick<DeskItem, 'kind' | 'alertId' | 'texts'>): ItemName {
  return nameOf(item.kind, headlineOf(item), alerts.get(item.alertId)?.headline)
}

/** A draft that this browser keeps: it holds the alert that it changes, and all texts of it. */
export function nameOfDraft({ kind, alert, texts }: Pick<DeskDraft, 'kind' | 'alert' | 'texts'>): ItemName {
  const changed = Object.entries(texts).filter(([tag, text]) => text.headline !== alert?.texts[tag]?.headline)
  const before = alert === null ? undefined : headlineOf(alert)?.headline
  return nameOf(kind, headlineOf({ texts: Object.fromEntries(changed) }), before)
}

function nameOf(kind: DeskItem['kind'], own: ReturnType<typeof headlineOf>, before: string | undefined): ItemName {
  if (own !== null) return own
  if (kind === 'alert') return { headline: t('noHeadline') }
  // The alert could not be read yet.
  return { headline: before === undefined ? t(`kind_${kind}`) : t(`named_${kind}`, { headline: before }) }
}
