import * as z from 'zod'
import type { EditorStore } from '../auth/editor.ts'
import { type Alert, audiences, kinds, levels } from '../domain/alert-types.ts'
import type { Newsroom } from '../domain/newsroom.ts'
import type { AlertLog, Entry } from '../log/log.ts'
import { timeSchema } from '../protocol/alert-schemas.ts'
import type { Delivery } from './delivery-schema.ts'

const dayMs = 24 * 60 * 60 * 1_000
const recentMs = 6 * 60 * 60 * 1_000
/** How many entries are looked at, and how many are named, at most. */
const entriesMax = 500
const recentMax = 10

/** What an editor should know before one more alert goes out. */
export const latelyFields = {
  missing: z.array(z.string()).describe('Languages of the newsroom in which it has no text.'),
  recent: z
    .array(
      z.strictObject({
        alertId: z.string(),
        kind: z.enum(kinds),
        level: z.enum(levels),
        audience: z.enum(audiences),
        at: timeSchema,
        by: z.string().nullable().describe('Name of the editor; null: they are not known any more.'),
        headline: z.string(),
        language: z.string().describe('Of the headline.'),
        languages: z.array(z.string()),
      }),
    )
    .describe('What else went out in the last six hours, in any language, the newest first; at most ten.'),
  sending: z
    .array(z.strictObject({ alertId: z.string(), headline: z.string(), language: z.string(), waiting: z.int() }))
    .describe('Alerts whose pushes are under way, and how many pushes wait.'),
  lastDay: z
    .record(z.string(), z.int())
    .describe('How many new alerts for the public went out in the last 24 hours, by language.'),
}
const latelySchema = z.strictObject(latelyFields)
/** The same, as it is answered. */
export type Lately = Readonly<z.output<typeof latelySchema>>

/** What is read for it. `now`: Unix milliseconds. */
export type LatelyDeps = {
  readonly newsroom: Pick<Newsroom, 'languages'>
  readonly log: Pick<AlertLog, 'bounds' | 'after' | 'history'>
  readonly editors: Pick<EditorStore, 'list'>
  readonly outbox: { delivery(alertId: string): Promise<readonly Delivery[]> }
  readonly now: () => number
}

/** What went out lately besides an alert, what is being sent, and which languages the alert lacks. */
export async function readLately(deps: LatelyDeps, { id, texts }: Alert): Promise<Lately> {
  const now = deps.now()
  const { head } = await deps.log.bounds()
  const newest = head === 0 ? [] : await deps.log.after(Math.max(0, head - entriesMax), entriesMax)
  const lastDay = newest.filter(({ at }) => Date.parse(at) > now - dayMs)
  const recent = lastDay
    .filter(({ at, alert }) => alert.id !== id && Date.parse(at) > now - recentMs)
    .slice(-recentMax)
    .reverse()
  return {
    missing: deps.newsroom.languages.map(({ tag }) => tag).filter((tag) => texts[tag] === undefined),
    recent: await named(deps, recent),
    sending: await sendingOf(deps, lastDay),
    lastDay: countsOf(lastDay),
  }
}

async function named({ log, editors }: LatelyDeps, entries: readonly Entry[]): Promise<Lately['recent']> {
  if (entries.length === 0) return []
  const names = new Map((await editors.list()).map((editor) => [editor.id, editor.name]))
  return Promise.all(
    entries.map(async ({ seq, kind, at, alert }) => {
      const [made] = await log.history(alert.id, { before: seq + 1, limit: 1 })
      return {
        ...{ alertId: alert.id, kind, level: alert.level, audience: alert.audience, at },
        by: names.get(made?.by ?? '') ?? null,
        ...headlineOf(alert),
        languages: Object.keys(alert.texts),
      }
    }),
  )
}

/** The newest alerts of the day whose pushes have not all ended. */
async function sendingOf({ outbox }: LatelyDeps, entries: readonly Entry[]): Promise<Lately['sending']> {
  const alerts = new Map(entries.map(({ alert }) => [alert.id, alert]))
  const asked = [...alerts.values()].slice(-recentMax).reverse()
  const found = await Promise.all(
    asked.map(async (alert) => {
      const under = (await outbox.delivery(alert.id)).filter(({ finishedAt }) => finishedAt === null)
      const waiting = under.reduce((sum, delivery) => sum + delivery.waiting, 0)
      return under.length === 0 ? [] : [{ alertId: alert.id, ...headlineOf(alert), waiting }]
    }),
  )
  return found.flat()
}

function countsOf(entries: readonly Entry[]): Lately['lastDay'] {
  const counts: Record<string, number> = {}
  for (const { kind, alert } of entries)
    if (kind === 'alert' && alert.audience === 'public')
      for (const tag of Object.keys(alert.texts)) counts[tag] = (counts[tag] ?? 0) + 1
  return counts
}

function headlineOf({ texts }: Alert): { readonly headline: string; readonly language: string } {
  const [[language, { headline }] = ['und', { headline: '' }]] = Object.entries(texts)
  return { headline, language }
}
