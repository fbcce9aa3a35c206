import type { Alert, Kind } from '../domain/alert-types.ts'
import { pointerTo } from '../domain/parsing/parse.ts'
import { sentAlert } from '../domain/rendering/sent-alert.ts'
import type { AlertLog, HistoryEntry } from '../log/log.ts'

/** A field of an alert that has changed, by its JSON pointer; null where it was absent before or is absent now. */
type Difference = { readonly pointer: string; readonly was: unknown; readonly is: unknown }

/** A change of an alert after a version. `by`: an editor's id. */
type Since = { readonly version: number; readonly kind: Kind; readonly at: string; readonly by: string }

/** What happened to an alert after the version that an editor saw: how it stands, who changed it, and what differs. */
export type AlertChanged = {
  readonly version: number
  readonly alert: Alert
  readonly changes: readonly Since[]
  /** How many changes after that version are left out of `changes`, being older. Absent: none. */
  readonly earlierChanges?: number
  readonly differences: readonly Difference[]
}

/** How many changes are named at most; of more, the newest. */
const changesMax = 50

/**
 * What changed after a version. Reads only a part of the history: an alert may have thousands of versions. Null: there
 * is no such alert. For an unknown version: everything after the first.
 */
export async function readChangedSince(
  log: Pick<AlertLog, 'history'>,
  id: string,
  version: number,
): Promise<AlertChanged | null> {
  const newest = await log.history(id, { before: Number.MAX_SAFE_INTEGER, limit: changesMax })
  const [oldest] = newest
  const latest = newest.at(-1)
  if (oldest === undefined || latest === undefined) return null
  // Versions are counted from 1, one for each entry.
  const isKnown = Number.isSafeInteger(version) && version >= 1 && version <= latest.alert.version
  if (oldest.alert.version === 1 || (isKnown && version >= oldest.alert.version)) return changedSince(newest, version)
  const skip = isKnown ? version - 1 : 0
  return changedSince([...(await log.history(id, { after: 0, skip, limit: 1 })), ...newest], version)
}

/** What changed after a version, from an alert's history (oldest first). For an unknown version: everything after the first. */
export function changedSince(history: readonly HistoryEntry[], version: number): AlertChanged | null {
  const newest = history.at(-1)
  const seen = history.find(({ alert }) => alert.version === version) ?? history[0]
  if (newest === undefined || seen === undefined) return null
  const changes = history
    .filter(({ alert }) => alert.version > seen.alert.version)
    .map(({ alert, kind, at, by }) => ({ version: alert.version, kind, at, by }))
  const earlierChanges = newest.alert.version - seen.alert.version - changes.length
  return {
    version: newest.alert.version,
    alert: sentAlert(newest.alert),
    changes,
    ...(earlierChanges > 0 ? { earlierChanges } : {}),
    differences: differencesOf(seen.alert, newest.alert),
  }
}

/** The fields in which two versions of one alert differ, by JSON pointers. */
export function differencesOf(before: Alert, after: Alert): readonly Difference[] {
  const was = fieldsOf(before)
  const is = fieldsOf(after)
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((pointer) => ({ pointer, was: was.get(pointer) ?? null, is: is.get(pointer) ?? null }))
    .filter((field) => JSON.stringify(field.was) !== JSON.stringify(field.is))
}

function fieldsOf({ level, topics, status, texts, note = {}, expiresAt }: Alert): Map<string, unknown> {
  const fields = new Map<string, unknown>([
    ['/status', status],
    ['/level', level],
    ['/topics', topics],
    ['/expiresAt', expiresAt],
  ])
  const put = (path: readonly string[], value: unknown) => {
    if (value !== undefined) fields.set(pointerTo(path), value)
  }
  for (const [tag, { headline, summary, url, image }] of Object.entries(texts)) {
    put(['texts', tag, 'headline'], headline)
    put(['texts', tag, 'summary'], summary)
    put(['texts', tag, 'url'], url)
    put(['texts', tag, 'image', 'url'], image?.url)
    put(['texts', tag, 'image', 'alt'], image?.alt)
  }
  for (const [tag, words] of Object.entries(note)) put(['note', tag], words)
  return fields
}
