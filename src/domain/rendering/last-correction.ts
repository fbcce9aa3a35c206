import type { Alert, LastCorrection, StoredAlert } from '../alert-types.ts'
import { ownOf, statusIn } from './in-language.ts'
import { sentAlert } from './sent-alert.ts'

// What an update keeps of the correction before it: a reader who has not heard of the correction yet must not miss it because
// the update takes its place in feeds and notifications.

/** How long after a correction the notifications of updates still say it. */
export const correctionToldMs = 24 * 60 * 60_000

/**
 * What an alert keeps of corrections after a change, from the alert before it. It is kept by updates, and dropped where the
 * language is corrected again or the alert is retracted.
 */
export function correctionsAfter(latest: StoredAlert, after: Alert): Pick<StoredAlert, 'lastCorrections'> {
  const kept = Object.keys(latest.texts).flatMap((tag): [string, LastCorrection][] => {
    if (statusIn(after, tag).status !== 'updated') return []
    const correction = standingCorrection(latest, tag) ?? ownOf(latest.lastCorrections, tag)
    return correction === undefined ? [] : [[tag, correction]]
  })
  return kept.length === 0 ? {} : { lastCorrections: Object.fromEntries(kept) }
}

function standingCorrection(alert: Alert, language: string): LastCorrection | undefined {
  const { status, ...standing } = statusIn(alert, language)
  const text = ownOf(alert.texts, language)
  return status === 'corrected' && text !== undefined ? { ...standing, version: alert.version, text } : undefined
}

/** The alert as its last correction left it in a language, with that language only; null where no update came after one. */
export function lastCorrected(alert: StoredAlert, language: string): Alert | null {
  const correction = ownOf(alert.lastCorrections, language)
  if (correction === undefined) return null
  const { version, changedAt, note, text } = correction
  const { untouched, addedLanguages, ...rest } = sentAlert(alert)
  const standing = {
    version,
    changedAt,
    status: 'corrected',
    note: note === undefined ? undefined : { [language]: note },
  } as const
  return { ...rest, ...standing, texts: { [language]: text } }
}

/** The last correction in a language, where the notification of the newest change, an update, says it. */
export function correctionTold(alert: StoredAlert, language: string): LastCorrection | null {
  const correction = ownOf(alert.lastCorrections, language)
  if (correction === undefined) return null
  return Date.parse(alert.changedAt) - Date.parse(correction.changedAt) < correctionToldMs ? correction : null
}

/** Whether an update is the first change of the alert since that correction. */
export function isFirstSince({ version }: LastCorrection, alert: Alert): boolean {
  return alert.version === version + 1
}
