import type { Alert, Audience, Kind, Level } from '../alert.ts'

export type DraftText = { readonly headline: string; readonly summary: string; readonly url: string }

/**
 * What an editor is writing. `key` is the Idempotency-Key: one for each intention, from the first keystroke to the
 * answer, over reloads and retries, so that no lost answer can publish twice.
 */
export type DeskDraft = {
  readonly key: string
  readonly kind: Exclude<Kind, 'retraction'>
  /** The alert that is updated or corrected, as it stood when the editor began. */
  readonly alert: Alert | null
  readonly level: Level | ''
  readonly audience: Audience | ''
  readonly topics: readonly string[]
  readonly texts: Readonly<Record<string, DraftText>>
  readonly note: Readonly<Record<string, string>>
  /** `sending` from the press of the button until an answer: found after a reload, the answer was lost. */
  readonly state: 'writing' | 'sending'
}

const place = 'tocsin.desk.draft'

/** A draft of a new alert: neither the level nor live or test is chosen for the editor. */
export function newDraft(language: string): DeskDraft {
  return {
    key: crypto.randomUUID(),
    kind: 'alert',
    alert: null,
    level: '',
    audience: '',
    topics: [],
    texts: { [language]: { headline: '', summary: '', url: '' } },
    note: {},
    state: 'writing',
  }
}

/** A draft that begins from an alert, to update or correct it. */
export function revisionOf(alert: Alert, kind: 'update' | 'correction'): DeskDraft {
  const texts = Object.entries(alert.texts).map(([tag, { headline, summary, url }]) => [
    tag,
    { headline, summary, url: url ?? '' },
  ])
  const note = kind === 'correction' ? Object.keys(alert.texts).map((tag) => [tag, '']) : []
  return {
    key: crypto.randomUUID(),
    kind,
    alert,
    level: alert.level,
    audience: alert.audience,
    topics: alert.topics,
    texts: Object.fromEntries(texts),
    note: Object.fromEntries(note),
    state: 'writing',
  }
}

/** The body of a new alert, or of a dry run: the alert as it would stand. */
export function alertBody({ alert, level, audience, topics, texts }: DeskDraft): object {
  const full = Object.entries(texts).map(([tag, text]) => [tag, textBody(text, alert?.texts[tag])])
  return { level, audience, topics, texts: Object.fromEntries(full) }
}

/** What is published: a new alert, or only what a revision changes. */
export function publishBody(draft: DeskDraft): object {
  const { alert } = draft
  if (alert === null) return alertBody(draft)
  const changed = Object.entries(draft.texts)
    .map(([tag, text]) => [tag, textBody(text, alert.texts[tag])] as const)
    .filter(([tag, text]) => !sameText(text, alert.texts[tag]))
  const note = Object.entries(draft.note).filter(([, words]) => words.trim() !== '')
  const sameTopics = draft.topics.toSorted().join() === alert.topics.toSorted().join()
  return {
    ...(draft.level === alert.level ? {} : { level: draft.level }),
    ...(sameTopics ? {} : { topics: draft.topics }),
    ...(changed.length > 0 ? { texts: Object.fromEntries(changed) } : {}),
    ...(note.length > 0 || draft.kind === 'correction' ? { note: Object.fromEntries(note) } : {}),
  }
}

/** A text as the server takes it; a picture, which the desk cannot change yet, stays as it was. */
function textBody({ headline, summary, url }: DraftText, before: Alert['texts'][string] | undefined) {
  return {
    headline,
    summary,
    ...(url.trim() === '' ? {} : { url: url.trim() }),
    ...(before?.image ? { image: before.image } : {}),
  }
}

function sameText(text: ReturnType<typeof textBody>, before: Alert['texts'][string] | undefined): boolean {
  return (
    before !== undefined &&
    text.headline === before.headline &&
    text.summary === before.summary &&
    (text.url ?? '') === (before.url ?? '')
  )
}

/** Whether anything was written that would be a loss. */
export function isBlank({ kind, texts, topics }: DeskDraft): boolean {
  const written = Object.values(texts).some(({ headline, summary, url }) => `${headline}${summary}${url}`.trim() !== '')
  return kind === 'alert' && !written && topics.length === 0
}

/** Keeps the draft in this browser: on every keystroke, so that neither sign-in, reload nor crash can lose it. */
export function keepDraft(draft: DeskDraft): boolean {
  try {
    localStorage.setItem(place, JSON.stringify(draft))
    return true
  } catch {
    return false
  }
}

/** The kept draft, or null. */
export function keptDraft(): DeskDraft | null {
  try {
    const draft = JSON.parse(localStorage.getItem(place) ?? 'null')
    return typeof draft?.key === 'string' && typeof draft.texts === 'object' ? draft : null
  } catch {
    return null
  }
}
