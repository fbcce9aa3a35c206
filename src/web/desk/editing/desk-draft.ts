import type { Alert, Audience, Kind, Level } from '../../../domain/alert-types.ts'
import { randomKey } from './random-key.ts'

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
    key: randomKey(),
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
    key: randomKey(),
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

/** The body of a publication or dry run: a new alert, or only the fields that a revision changes. */
export function publishBody(draft: DeskDraft): object {
  const { alert, level, audience, topics } = draft
  if (alert === null) {
    const texts = Object.entries(draft.texts).map(([tag, text]) => [tag, newText(text)])
    return { level, audience, topics, texts: Object.fromEntries(texts) }
  }
  const texts = Object.entries(draft.texts)
    .map(([tag, text]) => [tag, textChange(text, alert.texts[tag])] as const)
    .filter(([, change]) => Object.keys(change).length > 0)
  const note = Object.entries(draft.note).filter(([, words]) => words.trim() !== '')
  const isSameTopics = [...topics].sort().join() === [...alert.topics].sort().join()
  return {
    ...(level === alert.level ? {} : { level }),
    ...(isSameTopics ? {} : { topics }),
    ...(texts.length > 0 ? { texts: Object.fromEntries(texts) } : {}),
    ...(note.length > 0 || draft.kind === 'correction' ? { note: Object.fromEntries(note) } : {}),
  }
}

function newText({ headline, summary, url }: DraftText): object {
  return { headline, summary, ...(url.trim() === '' ? {} : { url: url.trim() }) }
}

/** Field by field: a field that was not edited is left out and stays, one that was emptied is null and is removed. */
function textChange(text: DraftText, before: Alert['texts'][string] | undefined): object {
  if (before === undefined) return newText(text)
  const { headline, summary } = text
  const url = text.url.trim()
  return {
    ...(headline === before.headline ? {} : { headline }),
    ...(summary === before.summary ? {} : { summary: summary.trim() === '' ? null : summary }),
    ...(url === (before.url ?? '') ? {} : { url: url === '' ? null : url }),
  }
}

/**
 * The same change applied to the alert as it is now: fields that the editor edited stay as written, all others get
 * their current value. The idempotency key stays too: a refused request stores nothing under it.
 */
export function rebased(draft: DeskDraft, newest: Alert): DeskDraft {
  const { alert: seen } = draft
  if (seen === null) return draft
  const now = revisionOf(newest, draft.kind === 'correction' ? 'correction' : 'update')
  const before = revisionOf(seen, 'update').texts
  const pick = (tag: string, field: keyof DraftText) => {
    const mine = draft.texts[tag]?.[field]
    const isTouched = mine !== undefined && mine !== before[tag]?.[field]
    return isTouched ? mine : (now.texts[tag]?.[field] ?? mine ?? '')
  }
  const tags = [...new Set([...Object.keys(now.texts), ...Object.keys(draft.texts)])]
  const texts = tags.map((tag) => [
    tag,
    { headline: pick(tag, 'headline'), summary: pick(tag, 'summary'), url: pick(tag, 'url') },
  ])
  const added = draft.topics.filter((topic) => !seen.topics.includes(topic))
  return {
    ...draft,
    alert: newest,
    level: draft.level === seen.level ? newest.level : draft.level,
    topics: [...new Set([...newest.topics, ...added])],
    texts: Object.fromEntries(texts),
    note: { ...now.note, ...draft.note },
  }
}

/** Whether two drafts would send the same, as the same intention. */
export function isSameWriting(draft: DeskDraft, other: DeskDraft): boolean {
  return JSON.stringify([draft.key, publishBody(draft)]) === JSON.stringify([other.key, publishBody(other)])
}

/** Whether anything was written that could be lost. */
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
