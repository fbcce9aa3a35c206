import type { Alert, Kind, LanguageStatus, Rendered, RenderingInputs } from '../alert-types.ts'

// What an alert says in one of its languages, without zod: who verifies an alert with all its texts renders it too.

/** A change, with the alert as it stands after it. */
type Changed = { readonly alert: Alert }

const kindOfStatus = { live: 'alert', updated: 'update', corrected: 'correction', retracted: 'retraction' } as const

/**
 * Status of an alert in one of its languages. A language that an update added without a note of its own has the status of a
 * new alert.
 */
export function statusIn(alert: Alert, language: string): LanguageStatus {
  const { status, changedAt, note, untouched } = alert
  if (isAddedIn(alert, language)) return { status: 'live', changedAt }
  const before = ownOf(untouched, language)
  if (before !== undefined) return before
  const words = ownOf(note, language)
  return { status, changedAt, ...(words === undefined ? {} : { note: words }) }
}

/**
 * Whether readers of a language get the last change as a new alert. A correction is never sent as one: a reader of several
 * languages may have read the mistake in another of them.
 */
export function isAddedIn(
  { status, addedLanguages = [] }: Pick<Alert, 'status' | 'addedLanguages'>,
  language: string,
): boolean {
  return status !== 'corrected' && addedLanguages.includes(language)
}

/** Whether an entry says anything in a language (`*`: in any). Where it does not, readers of that language are not notified. */
export function hasTextIn({ alert }: Changed, language: string): boolean {
  const { untouched, texts } = alert
  if (untouched === undefined) return true
  const isTouched = (tag: string) => ownOf(untouched, tag) === undefined
  return language === '*' ? Object.keys(texts).some(isTouched) : isTouched(language)
}

/**
 * The last change of the alert in a language: the entry's own kind, or an earlier one where the entry says nothing in that
 * language; `alert` where an update added the language.
 */
export function kindIn(entry: Changed & { readonly kind: Kind }, language: string): Kind {
  if (isAddedIn(entry.alert, language)) return 'alert'
  return hasTextIn(entry, language) ? entry.kind : kindOfStatus[statusIn(entry.alert, language).status]
}

/**
 * Renders an alert in one of its languages, with given inputs, such as those that were signed. A note in another language is
 * left out: readers get no language that they did not choose. Of a retracted alert only the headline stays, so that readers
 * know which one it was; without a note, the language's standard notice takes its place.
 * Throws an Error where the alert has no text in the language.
 */
export function renderWith(alert: Alert, language: string, { dir, notice }: RenderingInputs): Rendered {
  const text = ownOf(alert.texts, language)
  if (text === undefined) throw new Error(`alert ${alert.id} has no text in ${language}`)
  const { texts, note: _, untouched, addedLanguages, ...rest } = alert
  const { note, ...standing } = statusIn(alert, language)
  const retracted = standing.status === 'retracted'
  const words = note ?? (retracted ? notice : undefined)
  return {
    ...rest,
    ...standing,
    language,
    dir,
    ...(retracted ? { headline: text.headline, summary: '' } : text),
    ...(words === undefined ? {} : { note: words }),
  }
}

/** What an object has under a name, but for what every object has: browsers of before 2022 lack `Object.hasOwn`. */
export function ownOf<Value>(record: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return Object.getOwnPropertyDescriptor(record ?? {}, name)?.value
}
