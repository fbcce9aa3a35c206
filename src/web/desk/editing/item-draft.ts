import type { answerOf } from '../../../desk/items/item.ts'
import type { Alert } from '../../../domain/alert-types.ts'
import { wholeNumberOf } from '../../../domain/parsing/digits.ts'
import { localTimeOf, momentOf } from '../state/local-time.ts'
import { type DeskDraft, newDraft, noTimes, ownZone, publishBody, revisionOf, type Writing } from './desk-draft.ts'

/** An item as the service gives it. */
export type DeskItem = ReturnType<typeof answerOf>

/** When a draft is to go out, as a publishing request says it. What is not complete yet is left out. */
export function timingOf({ times }: Pick<DeskDraft, 'times'>): object {
  const { holdSeconds, publishAt, embargoUntil, expiresAt } = times
  const hold = wholeNumberOf(holdSeconds)
  const at = momentOf(publishAt)
  const embargo = momentOf(embargoUntil)
  return {
    ...(hold === null ? {} : { holdSeconds: hold }),
    ...(at.state === 'one' ? { publishAt: at.at } : {}),
    ...(embargo.state === 'one' ? { embargoUntil: embargo.at } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}

/** The body of a dry run of a draft. */
export function bodyOf(draft: DeskDraft): object {
  return { ...publishBody(draft), ...timingOf(draft) }
}

/** What an item holds of a draft: of a revision only what it changes, and of which version. What is not chosen is left out. */
export function contentOf(draft: DeskDraft): object {
  const body: Record<string, unknown> = {
    ...bodyOf(draft),
    ...(draft.alert === null ? {} : { alertVersion: draft.alert.version }),
  }
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== ''))
}

/** The draft that an item holds. `alert`: the alert that it revises, as it stands. */
export function draftOfItem(item: DeskItem, alert: Alert | null, key: string, language: string): DeskDraft {
  const kind: DeskDraft['kind'] = item.kind === 'update' || item.kind === 'correction' ? item.kind : 'alert'
  const plain = alert === null || kind === 'alert' ? newDraft(language) : revisionOf(alert, kind)
  const draft = { ...plain, key, kind, ...writingOf(item, plain) }
  return { ...draft, item: { id: item.id, version: item.version, base: writingIn(draft) } }
}

function writingOf(item: DeskItem, plain: DeskDraft): Writing {
  const { holdSeconds, publishAt, embargoUntil, expiresAt } = item
  const given = Object.entries(item.texts ?? {}).map(([tag, text]) => {
    const before = plain.texts[tag]
    const { headline = before?.headline ?? '', image } = text
    return [
      tag,
      {
        headline,
        summary: text.summary === null ? '' : (text.summary ?? before?.summary ?? ''),
        url: text.url === null ? '' : (text.url ?? before?.url ?? ''),
        ...(image ? { image } : {}),
      },
    ] as const
  })
  const texts = plain.alert === null ? Object.fromEntries(given) : { ...plain.texts, ...Object.fromEntries(given) }
  return {
    level: item.level ?? plain.level,
    audience: item.audience ?? plain.audience,
    topics: item.topics ?? plain.topics,
    texts: Object.keys(texts).length > 0 ? texts : plain.texts,
    note: { ...plain.note, ...item.note },
    times: {
      holdSeconds: holdSeconds === undefined ? '' : String(holdSeconds),
      publishAt: publishAt === undefined ? noTimes.publishAt : localTimeOf(publishAt, ownZone),
      embargoUntil: embargoUntil === undefined ? noTimes.embargoUntil : localTimeOf(embargoUntil, ownZone),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    },
  }
}

/** What is written in a draft, apart from what it is about. */
export function writingIn({ level, audience, topics, texts, note, times }: Writing): Writing {
  return { level, audience, topics, texts, note, times }
}
