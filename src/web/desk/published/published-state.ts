import type { Delivery } from '../../../desk/delivery-schema.ts'
import type { Alert } from '../../../domain/alert-types.ts'

/** What can be done with an alert that is published. */
export const publishedActs = ['correct', 'update', 'stop', 'retract'] as const
export type PublishedAct = (typeof publishedActs)[number]

/** How far an alert's pushes are. `asking`: it is not known yet; null: unknown, because no answer came. */
export type Deliveries = 'asking' | readonly Delivery[] | null

/** Everything that the list of what is published shows. */
export type PublishedState = {
  readonly role: string
  /** In the order of the list. Null: not read yet. */
  readonly alerts: readonly Alert[] | null
  /** The alerts whose deliveries are shown, by their ids. */
  readonly watched: Readonly<Record<string, Deliveries>>
  /** Unix milliseconds by this browser, from which “5 minutes ago” is counted. */
  readonly now: number
}

/** An entry as `GET /v1/alerts` gives it. */
export type PublishedEntry = { readonly seq: number; readonly alert: Alert }

/** Each alert as its newest entry has it, newest first. */
export function newestOfEach(entries: readonly PublishedEntry[]): readonly Alert[] {
  const found = new Map<string, Alert>()
  for (const { alert } of [...entries].sort((a, b) => b.seq - a.seq))
    if (!found.has(alert.id)) found.set(alert.id, alert)
  return [...found.values()]
}

/**
 * The list after a read. While somebody works in it, nothing is added, moved or taken out: what is there only says how it
 * stands. An answer that is older than what is shown changes nothing.
 */
export function withRead(state: PublishedState, read: readonly Alert[], isInUse: boolean): PublishedState {
  const shown = state.alerts ?? []
  const newer = (alert: Alert, others: readonly Alert[]) => {
    const other = others.find(({ id }) => id === alert.id)
    return other !== undefined && other.version > alert.version ? other : alert
  }
  if (isInUse) return { ...state, alerts: state.alerts === null ? null : shown.map((alert) => newer(alert, read)) }
  const alerts = read.map((alert) => newer(alert, shown))
  const watched = Object.entries(state.watched).filter(([id]) => alerts.some((alert) => alert.id === id))
  return { ...state, alerts, watched: Object.fromEntries(watched) }
}

/** The alerts that a read has changed: their deliveries are asked for anew. */
export function changedBetween(before: PublishedState, after: PublishedState): readonly string[] {
  return (after.alerts ?? []).flatMap(({ id, version }) => {
    const was = before.alerts?.find((alert) => alert.id === id)
    return was === undefined || was.version === version ? [] : [id]
  })
}

/** Shows how far an alert's pushes are; undefined: not any more. */
export function withDeliveries(state: PublishedState, id: string, deliveries: Deliveries | undefined): PublishedState {
  const { [id]: _former, ...others } = state.watched
  return { ...state, watched: deliveries === undefined ? others : { ...others, [id]: deliveries } }
}

/** What this editor's role allows with an alert; the service checks it again. Writers neither stop nor retract. */
export function actsOn({ status, level }: Pick<Alert, 'status' | 'level'>, role: string): readonly PublishedAct[] {
  if (status === 'retracted') return []
  return publishedActs.filter(
    (act) => (role !== 'writer' || act === 'correct' || act === 'update') && (act !== 'stop' || level !== 'routine'),
  )
}
