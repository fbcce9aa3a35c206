import { type Interest, matches } from '../domain/interest.ts'
import type { Mistake } from '../domain/problem.ts'
import { hasTextIn } from '../domain/rendering/in-language.ts'
import type { Entry } from './log.ts'

/**
 * The language in which a reader with this interest is sent an entry (`*`: all texts). Null: the entry is not for the
 * interest, or it says nothing in the reader's language. Readers of all languages are sent every entry that matches.
 */
export function notifiedLanguage(interest: Interest, entry: Pick<Entry, 'alert'>): string | null {
  const language = matches(interest, entry.alert)
  return language === null || language === '*' || hasTextIn(entry, language) ? language : null
}

/** A warning for each language in which a change of an alert has neither a note nor a new text. */
export function missingNoteWarnings(
  { kind, alert }: Pick<Entry, 'kind' | 'alert'>,
  asked: unknown = {},
): readonly Mistake[] {
  if (kind === 'correction' || kind === 'update') {
    const { level, topics } = Object(asked)
    // An update that raises the level or adds topics is told in every language.
    const others = 'nor are those whom its level and topics reach from now on. Raise them by an update'
    const wider = kind === 'correction' && (level !== undefined || topics !== undefined) ? `, ${others}` : ''
    const late = kind === 'correction' ? (alert.addedLanguages ?? []) : []
    const untold = late.map((tag) => ({
      pointer: `/note/${tag}`,
      code: 'note-for-new-language',
      detail: `The alert was not told in ${tag} before: it comes as a correction there. Say in a note what was wrong, or bring the language by an update.`,
    }))
    const untouched = Object.keys(alert.untouched ?? {}).map((tag) => ({
      pointer: `/note/${tag}`,
      code: 'language-untouched',
      detail: `There is neither a note nor a new text in ${tag}: it stays as it is there, and its readers are not told${wider}.`,
    }))
    return [...untold, ...untouched]
  }
  if (kind !== 'retraction') return []
  return Object.keys(alert.texts)
    .filter((tag) => !Object.hasOwn(alert.note ?? {}, tag))
    .map((tag) => ({
      pointer: `/note/${tag}`,
      code: 'note-missing',
      detail: `There is no note in ${tag}: its readers are told that the alert is retracted, and not why.`,
    }))
}
