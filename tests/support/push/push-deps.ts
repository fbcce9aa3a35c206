import { randomBytes } from 'node:crypto'
import { v7 } from 'uuid'
import type { Alert, Kind, StoredAlert } from '../../../src/domain/alert-types.ts'
import type { Interest } from '../../../src/domain/interest.ts'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import type { AlertLog, Entry } from '../../../src/log/log.ts'

export const newsroom = parseNewsroom({
  rules: 'none',
  name: 'Radio Example',
  languages: [{ tag: 'en' }, { tag: 'fa' }, { tag: 'ru' }],
  topics: [
    { id: 'afghanistan', labels: { en: 'Afghanistan' } },
    { id: 'rights', labels: { en: 'Rights' } },
  ],
})

export const pushSecret = randomBytes(32)
export const newId = (): string => v7()

export function makeInterest(more: Partial<Interest> = {}): Interest {
  return { audience: 'public', languages: ['en'], topics: [], level: 'urgent', ...more }
}

/** An alert that was published at a time (ms since 1970) and stays news for an hour. */
export function makeAlert(atMs: number, more: Partial<Alert> = {}): Alert {
  const at = new Date(atMs).toISOString()
  return {
    id: newId(),
    version: 1,
    level: 'urgent',
    audience: 'public',
    topics: [],
    status: 'live',
    texts: {
      en: { headline: 'Monitors leave the valley', summary: 'They say it is not safe.' },
      fa: { headline: 'ناظران دره را ترک کردند', summary: 'می‌گویند امن نیست.' },
    },
    publishedAt: at,
    changedAt: at,
    expiresAt: new Date(atMs + 3_600_000).toISOString(),
    ...more,
  }
}

export function makeEntry(seq: number, alert: StoredAlert, kind: Kind = 'alert'): Entry {
  return { seq, at: alert.changedAt, kind, alert }
}

/** A log that a test writes into by hand. */
export function listLog(entries: Entry[], epoch = 'e1'): Pick<AlertLog, 'after' | 'bounds'> {
  return {
    after: async (cursor, limit) => entries.filter(({ seq }) => seq > cursor).slice(0, limit),
    bounds: async () => ({ epoch, floor: 1, head: entries.at(-1)?.seq ?? 0 }),
  }
}

/** Waits until something holds, looking often; the test's own time-out is the limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10))
}
