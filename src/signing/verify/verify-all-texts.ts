import type { Alert, Kind, LanguageStatus, Rendered, RenderingInputs, Text } from '../../domain/alert-types.ts'
import { isAddedIn, kindIn, ownOf, renderWith, statusIn } from '../../domain/rendering/in-language.ts'
import type { TrustedKeys } from './key-trust.ts'
import type { Verifier } from './verifier.ts'
import { type EntryVerdict, type ReceivedEntry, verifyEntry } from './verify-entries.ts'

/** What came of an entry with its texts in all languages. `alert`: as much of it as is signed. */
export type AllTextsVerdict =
  | { readonly kind: 'genuine'; readonly alert: Alert }
  | Exclude<EntryVerdict, { readonly kind: 'genuine' }>

type InLanguage = { readonly language: string; readonly kind: Kind; readonly alert: Rendered; readonly proof: unknown }

/** What an alert is called after a change that says nothing in any language, such as of its level alone. */
const statusAfter: Readonly<Record<string, string>> = { update: 'updated', correction: 'corrected' }

/**
 * Verifies an entry as `languages=*` brings it, with the proofs of all its languages: each is rendered as its readers get it,
 * and that is what was signed. All must be genuine. Never rejects for wrong input. Whether a language was taken away on the way
 * is not seen: each has a chain of its own.
 */
export async function verifyAllTexts(
  verifier: Verifier,
  keys: TrustedKeys,
  epoch: string,
  { seq, kind, at, alert: received }: ReceivedEntry,
): Promise<AllTextsVerdict> {
  const { proofs, ...alert } = Object(received) as { readonly proofs?: unknown }
  if (proofs === undefined) return { kind: 'unsigned' }
  const rendered = inEachLanguage(kind as Kind, alert as Alert, proofs)
  if (rendered === null) return { kind: 'forged' }
  for (const it of rendered) {
    const inOne = { seq, kind: it.kind, at, alert: { ...it.alert, proof: it.proof } }
    const verdict = await verifyEntry(verifier, keys, epoch, inOne)
    if (verdict.kind !== 'genuine') return verdict
  }
  const signed = whatIsSigned(kind as Kind, String(at), alert as Alert, rendered)
  return signed === null ? { kind: 'forged' } : { kind: 'genuine', alert: signed }
}

/** The alert in each of its languages; null where it is no alert, or has not one proof for each. Anything may stand in it. */
function inEachLanguage(kind: Kind, alert: Alert, proofs: unknown): readonly InLanguage[] | null {
  try {
    const languages = Object.keys(alert.texts)
    if (languages.length === 0 || Object.keys(Object(proofs)).length !== languages.length) return null
    return languages.map((language) => {
      const found = ownOf(proofs as Readonly<Record<string, RenderingInputs>>, language) as RenderingInputs
      const { dir, notice, ...proof } = found
      const inputs = { dir, ...(notice === undefined ? {} : { notice }) }
      return { language, kind: kindIn({ kind, alert }, language), alert: renderWith(alert, language, inputs), proof }
    })
  } catch {
    return null
  }
}

/** Of an alert whose languages are genuine, what they show; null where the whole says something else. */
function whatIsSigned(kind: Kind, at: string, alert: Alert, rendered: readonly InLanguage[]): Alert | null {
  const [first] = rendered
  if (first === undefined) return null
  const standing = rendered.map(({ language }) => [language, statusIn(alert, language)] as const)
  const isAdded = (language: string) => isAddedIn(alert, language)
  const isUntouched = (language: string) => !isAdded(language) && ownOf(alert.untouched, language) !== undefined
  const untouched = standing.filter(([tag]) => isUntouched(tag))
  const told = rendered.find(({ language }) => !isAdded(language) && !isUntouched(language))
  const before = untouched.map(([, it]) => it)
  if (told === undefined && !isAsTheServiceMakesIt(kind, at, alert, before)) return null
  const { language: _, dir: __, headline, summary, url, image, note, status, changedAt, ...common } = first.alert
  const notes = standing.flatMap(([tag, { note }]) =>
    isUntouched(tag) || note === undefined ? [] : [[tag, note] as const],
  )
  const added = rendered.map(({ language }) => language).filter(isAdded)
  return {
    ...common,
    ...{ status: alert.status, changedAt: alert.changedAt },
    texts: Object.fromEntries(rendered.map(({ language, alert: shown }) => [language, textOf(shown)])),
    ...(notes.length === 0 ? {} : { note: Object.fromEntries(notes) }),
    ...(untouched.length === 0
      ? {}
      : { untouched: Object.fromEntries(untouched.map(([tag, it]) => [tag, statusOf(it)])) }),
    ...(added.length === 0 ? {} : { addedLanguages: added }),
  }
}

/**
 * What is said in no language of the entry, such as a correction of the level alone, is signed in none of them: which change it was can only be
 * as it can have happened. `before`: how the languages that it left alone stand.
 */
function isAsTheServiceMakesIt(
  kind: Kind,
  at: string,
  { status, changedAt, version }: Alert,
  before: readonly LanguageStatus[],
): boolean {
  const isEarlier = before.every((it) => it.changedAt !== at)
  return status === statusAfter[kind] && changedAt === at && version > 1 && isEarlier
}

function textOf({ headline, summary, url, image }: Rendered): Text {
  return { headline, summary, ...(url === undefined ? {} : { url }), ...(image === undefined ? {} : { image }) }
}

function statusOf({ status, changedAt, note }: LanguageStatus): LanguageStatus {
  return { status, changedAt, ...(note === undefined ? {} : { note }) }
}
