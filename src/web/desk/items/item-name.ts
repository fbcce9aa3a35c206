import type { Alert } from '../../../domain/alert-types.ts'
import type { DeskDraft } from '../editing/desk-draft.ts'
import type { DeskItem } from '../editing/item-draft.ts'
import { t } from '../state/desk-words.ts'
import { headlineOf } from '../view/parts/view-parts.ts'

/** What an item or draft is called. `tag`: the language of a headline that stands alone; else the words are the desk's. */
export type ItemName = { readonly headline: string; readonly tag?: string | undefined }

/** The headlines of the alerts that items change, by id: a change without a headline of its own is called by them. */
const alertHeadlines = new Map<string, string>()

/** An alert was read, as it stands now. */
export function knowAlert(alert: Pick<Alert, 'id' | 'texts'>): void {
  const headline = headlineOf(alert)?.headline
  if (headline !== undefined) alertHeadlines.set(alert.id, headline)
}

/** Which of these change an alert that is not known yet, each alert once. */
export function unnamed<Item extends Pick<DeskItem, 'kind' | 'alertId' | 'texts'>>(items: readonly Item[]): Item[] {
  const missing = items.filter(
    (item) => item.kind !== 'alert' && headlineOf(item) === null && !alertHeadlines.has(item.alertId),
  )
  return missing.filter(({ alertId }, nth) => missing.findIndex((it) => it.alertId === alertId) === nth)
}

/** By its headline; a change that leaves the headline as it is by that of the alert, and by what it does to it. */
export function nameOfItem(item: Pick<DeskItem, 'kind' | 'alertId' | 'texts'>): ItemName {
  return nameOf(item.kind, headlineOf(item), alertHeadlines.get(item.alertId))
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
