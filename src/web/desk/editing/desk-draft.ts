import type { Alert, Audience, Kind, Level } from '../../../domain/alert-types.ts'
import type { LocalTime } from '../state/local-time.ts'
import { randomKey } from './random-key.ts'

/** `image`: the desk has no field for it; it is kept as another program gave it. */
export type DraftText = {
  readonly headline: string
  readonly summary: string
  readonly url: string
  readonly image?: { readonly url?: string | undefined; readonly alt?: string | undefined } | null | undefined
}

/** When it is to go out. `holdSeconds` as it was typed; '' for the newsroom's rule. */
export type DraftTimes = {
  readonly holdSeconds: string
  readonly publishAt: LocalTime
  readonly embargoUntil: LocalTime
  /** The desk has no field for it; it is kept as another program gave it. */
  readonly expiresAt?: string | undefined
}

/** What an editor has written, without what it is about. */
export type Writing = Pick<DeskDraft, 'level' | 'audience' | 'topics' | 'texts' | 'note' | 'times'>

/**
 * The item in which the service keeps the draft, at the version that was read or stored last, and what it said then. `sent`:
 * what was sent since, whose answer may be lost.
 */
export type KeptItem = {
  readonly id: string
  readonly version: number
  readonly base: Writing
  readonly sent?: Writing | undefined
}

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
  readonly times: DraftTimes
  /** Null until the service has stored the draft for the first time. */
  readonly item: KeptItem | null
  /** `sending` from the press of the button until an answer: found after a reload, the answer was lost. */
  readonly state: 'writing' | 'sending'
}

/** The zone of the editor's own clock. */
export const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone

export const noTimes: DraftTimes = {
  holdSeconds: '',
  publishAt: { local: '', zone: ownZone, side: '' },
  embargoUntil: { local: '', zone: ownZone, side: '' },
}

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
    times: noTimes,
    item: null,
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
    times: noTimes,
    item: null,
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

function newText({ headline, summary, url, image }: DraftText): object {
  return { headline, summary, ...(url.trim() === '' ? {} : { url: url.trim() }), ...(image ? { image } : {}) }
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

/** Whether the alert that is revised has a text in a language: it cannot be taken out any more. */
export function isPublished({ alert }: Pick<DeskDraft, 'alert'>, tag: string): boolean {
  return alert?.texts[tag] !== undefined
}
