import type { Alert } from '../../../src/domain/alert-types.ts'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import type { Entry } from '../../../src/log/log.ts'
import { entryMessage, socketText } from '../../../src/protocol/messages.ts'
import { newsroomWithoutRules } from '../../support/newsroom/newsroom-without-rules.ts'

export const newsroom = parseNewsroom(newsroomWithoutRules)
export const epoch = 'bench'

const headline = 'UN: Taliban Keeps Ties With Al-Qaeda'
const summary = 'Despite the peace deal.'
const url = 'https://news.example/a/30647271.html'
const at = '2026-01-01T00:00:00.000Z'

const alert: Alert = {
  id: '01932f6e-7c00-7000-8000-000000000001',
  version: 1,
  level: 'urgent',
  audience: 'public',
  topics: ['afghanistan'],
  status: 'live',
  texts: { en: { headline, summary, url } },
  publishedAt: at,
  changedAt: at,
  expiresAt: '2026-01-01T04:00:00.000Z',
}

export function entryOf(seq: number): Entry {
  return { seq, at, kind: 'alert', alert }
}

/** The same text for every contender: an alert of about 508 bytes. */
export function textOf(seq: number): string {
  return socketText(entryMessage(entryOf(seq), 'en', epoch, newsroom))
}
