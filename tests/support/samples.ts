import fc from 'fast-check'
import type { Draft } from '../../src/domain/alert.ts'
import type { Alert } from '../../src/domain/alert-types.ts'
import type { Change } from '../../src/domain/change.ts'
import type { Interest } from '../../src/domain/interest.ts'
import { parseNewsroom } from '../../src/domain/newsroom.ts'
import type { Entry } from '../../src/log/log.ts'
import { newsroomWithoutRules } from './newsroom/newsroom-without-rules.ts'

export const newsroom = parseNewsroom(newsroomWithoutRules)
export const noon = '2026-03-01T12:00:00.000Z'
const expirySeconds = { flash: 1_800, urgent: 3_600, routine: 7_200 }

export function draft(more: Partial<Draft> = {}): Draft {
  return {
    level: 'urgent',
    topics: [],
    texts: { en: { headline: 'A headline', summary: 'A summary.' }, fa: { headline: 'یک تیتر', summary: '' } },
    audience: 'public',
    ...more,
  }
}

export function newAlert(id: string, more: Partial<Draft> = {}, at = noon): Change {
  return { kind: 'alert', id, draft: draft(more), at, by: 'editor-1', expirySeconds }
}

export function retraction(id: string, at = noon): Change {
  return {
    kind: 'retraction',
    id,
    revision: { note: { en: 'It was wrong.' } },
    at,
    by: 'editor-1',
    expirySeconds,
  }
}

/** Another headline in English. */
export function updateOf(id: string, headline: string, at = noon): Change {
  return { kind: 'update', id, revision: { texts: { en: { headline } } }, at, by: 'editor-1', expirySeconds }
}

export function alertOf(more: Partial<Alert> = {}): Alert {
  return {
    id: '01932f6e-0000-7000-8000-000000000001',
    version: 1,
    level: 'urgent',
    audience: 'public',
    topics: [],
    status: 'live',
    texts: draft().texts,
    publishedAt: noon,
    changedAt: noon,
    expiresAt: '2026-03-01T16:00:00.000Z',
    ...more,
  }
}

export function entryOf(seq: number, more: Partial<Alert> = {}): Entry {
  return { seq, at: noon, kind: 'alert', alert: alertOf({ id: `alert-${seq}`, ...more }) }
}

export const everything: Interest = { audience: 'public', languages: '*', topics: [], level: 'routine' }

const tags = ['en', 'fa', 'ru'] as const
const topicIds = ['iran', 'ukraine', 'russia'] as const

/** Alerts of few languages and topics, so that interests meet them often. */
export const someAlert: fc.Arbitrary<Partial<Alert>> = fc.record({
  level: fc.constantFrom('flash', 'urgent', 'routine'),
  audience: fc.constantFrom('public', 'public', 'public', 'test'),
  topics: fc.subarray([...topicIds]),
  texts: fc
    .subarray([...tags], { minLength: 1 })
    .map((chosen) => Object.fromEntries(chosen.map((tag) => [tag, { headline: `in ${tag}`, summary: '' }]))),
})

export const someInterest: fc.Arbitrary<Interest> = fc.record({
  audience: fc.constantFrom('public', 'public', 'test'),
  languages: fc.oneof(fc.constant('*' as const), fc.shuffledSubarray([...tags], { minLength: 1 })),
  topics: fc.subarray([...topicIds]).map((topics) => topics.sort()),
  level: fc.constantFrom('flash', 'urgent', 'routine'),
})

/** Of a reader, or now and then of an editor at the desk. */
export const someAsker: fc.Arbitrary<Interest> = fc.oneof(
  { weight: 7, arbitrary: someInterest },
  { weight: 1, arbitrary: someInterest.map((interest) => ({ ...interest, isDesk: true })) },
)
