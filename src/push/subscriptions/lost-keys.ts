import { counted } from '../../domain/plural.ts'
import type { HostKeyCount } from './subscription-archive.ts'

/** Subscriptions that were made with a VAPID key that is missing: no push reaches them. */
export type LostKeys = {
  /** A sentence for the log and the desk (on Workers `/readyz` too): which keys, how many subscriptions, and how to correct it. */
  readonly detail: string
  /** Whether it is most of the subscriptions. Then the keys' file is probably the wrong one. */
  readonly isMost: boolean
}

/** Null when no key is missing. */
export function lostKeys(counts: readonly HostKeyCount[], keyIds: readonly string[]): LostKeys | null {
  const lost = counts.filter(({ vapidKeyId, subscriptions }) => subscriptions > 0 && !keyIds.includes(vapidKeyId))
  if (lost.length === 0) return null
  const count = sum(lost)
  const names = [...new Set(lost.map(({ vapidKeyId }) => vapidKeyId))].sort()
  const keys = names.length === 1 ? `the VAPID key ${names[0]}` : `the VAPID keys ${names.join(', ')}`
  return {
    detail: `nothing is pushed to ${count.toLocaleString('en')} of ${counted(sum(counts), 'subscription')}: made with ${keys}, which this service does not have. Put back the vapid.json that belongs to this database, from the same backup, or add the lost pair to the list in it (on Workers: give it as VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY), and start again; no subscription is deleted for this`,
    isMost: count * 2 > sum(counts),
  }
}

function sum(counts: readonly HostKeyCount[]): number {
  return counts.reduce((total, { subscriptions }) => total + subscriptions, 0)
}
