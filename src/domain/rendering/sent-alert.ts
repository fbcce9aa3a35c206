import type { Alert, StoredAlert } from '../alert-types.ts'

/** An alert as it is sent to readers and to the desk: without what it keeps for feeds and notifications. */
export function sentAlert({ lastCorrections, ...alert }: StoredAlert): Alert {
  return alert
}
