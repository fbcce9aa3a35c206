import type { Context } from 'hono'
import * as z from 'zod'
import { type AuditLog, type AuditPart, auditActs } from '../../../desk/audit.ts'
import { parseInstant } from '../../../domain/parsing/instant.ts'
import { nearest } from '../../../domain/parsing/nearest.ts'
import { quoted } from '../../../domain/parsing/parse.ts'
import { invalid, type Mistake } from '../../../domain/problem.ts'
import { timeSchema } from '../../../protocol/alert-schemas.ts'
import type { App } from '../../app-env.ts'
import type { Operation } from '../../operation.ts'
import { route } from '../../route.ts'
import { linesType } from './json-lines.ts'

const pageMax = 200
const pageUsual = 50

export const auditLineAnswer = z.strictObject({
  id: z.int(),
  at: timeSchema,
  by: z.strictObject({ id: z.string(), name: z.string() }).nullable(),
  act: z.string(),
  itemId: z.string().nullable(),
  alertId: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
})

const filters = {
  act: { description: `Only this act: ${auditActs.join(', ')}`, schema: z.string(), example: 'published' },
  editor: {
    description: 'Only what this editor did: the id of a key, also of a revoked one',
    schema: z.string(),
    example: '01932f6e-0000-7000-8000-000000000001',
  },
  since: {
    description: 'Only what was done at this time or later',
    schema: z.string(),
    example: '2026-03-01T12:00:00.000Z',
  },
} as const

const audit = { tag: 'Desk', role: 'admin', cache: 'private' } as const

const readAudit: Operation = {
  ...audit,
  id: 'readAudit',
  summary: 'Who did what and when, the newest first',
  query: {
    ...filters,
    limit: { description: 'The most of a page', schema: z.int().min(1).max(pageMax).default(pageUsual), example: '20' },
    before: { description: '`next` of the page before', schema: z.int().min(0), example: '12' },
  },
  answers: {
    200: {
      description: 'Lines; `next`: there may be more, after this',
      schema: z.strictObject({ lines: z.array(auditLineAnswer), next: z.string().optional() }),
    },
  },
}

const exportAudit: Operation = {
  ...audit,
  id: 'exportAudit',
  summary: 'The audit log, one JSON object a line, the newest first',
  query: filters,
  answers: {
    200: {
      description: 'One line of the log a line',
      type: linesType,
      schema: z.string(),
      headers: { 'Content-Disposition': { description: 'A name for the file', schema: z.string() } },
    },
  },
}

/** What reading the audit log needs. */
export type AuditDeps = {
  readonly audit: Pick<AuditLog, 'read'>
  readonly report: (error: unknown, doing: string) => void
}

/** `GET /v1/desk/audit` and `/v1/desk/audit.jsonl`: who did what and when, for admins. */
export function auditRoutes(app: App, { audit, report }: AuditDeps): void {
  route(app, 'get', '/v1/desk/audit', readAudit, async (c) => {
    const { limit: most = '', before = '' } = c.get('query')
    const mistakes: Mistake[] = []
    const limit = most === '' ? pageUsual : Number(most)
    if (!Number.isInteger(limit) || limit < 1 || limit > pageMax)
      mistakes.push({ pointer: '/limit', detail: `limit is a whole number from 1 to ${pageMax}.` })
    if (!/^\d{0,15}$/.test(before))
      mistakes.push({ pointer: '/before', detail: 'before is `next` of the page before, as it was given there.' })
    const wanted = filtersOf(c, mistakes)
    const lines = await audit.read({ ...wanted, limit, before: before === '' ? undefined : Number(before) })
    const last = lines.at(-1)
    return c.json({ lines, ...(lines.length === limit && last !== undefined ? { next: String(last.id) } : {}) })
  })

  route(app, 'get', '/v1/desk/audit.jsonl', exportAudit, (c) =>
    c.body(exported(audit, filtersOf(c, []), report), 200, {
      'Content-Type': linesType,
      'Cache-Control': 'private, no-store',
      'Content-Disposition': 'attachment; filename="audit.jsonl"',
    }),
  )
}

/** The filters of a request. Throws a Problem (400) with every mistake, also with those that are given. */
function filtersOf(c: Context, mistakes: readonly Mistake[]): Pick<AuditPart, 'act' | 'editorId' | 'since'> {
  const { act = '', editor = '', since = '' } = c.get('query')
  const found = [...mistakes]
  if (act !== '' && !auditActs.includes(act)) {
    const near = nearest(act, auditActs)
    const meant = near === undefined ? '' : ` (did you mean ${near}?)`
    found.push({
      pointer: '/act',
      detail: `There is no act ${quoted(act)}${meant}; known are ${auditActs.join(', ')}.`,
    })
  }
  const sinceMs = since === '' ? null : parseInstant(since)
  if (since !== '' && sinceMs === null)
    found.push({ pointer: '/since', detail: 'since is a time such as 2026-03-01T12:00:00Z.' })
  if (found.length > 0) throw invalid('request for the audit log', found)
  return {
    act: act === '' ? undefined : act,
    editorId: editor === '' ? undefined : editor,
    since: sinceMs === null ? undefined : new Date(sinceMs).toISOString(),
  }
}

/** All lines that are wanted, read page by page as fast as they are taken. */
function exported(
  audit: AuditDeps['audit'],
  wanted: Omit<AuditPart, 'limit'>,
  report: AuditDeps['report'],
): ReadableStream<Uint8Array> {
  let before: number | undefined
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const lines = await audit.read({ ...wanted, before, limit: pageMax })
          before = lines.at(-1)?.id
          const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
          if (text !== '') controller.enqueue(encoder.encode(text))
          if (lines.length < pageMax) controller.close()
        } catch (error) {
          report(error, 'exporting the audit log')
          // The connection breaks off, so that half an export does not look like a whole one.
          controller.error(error)
        }
      },
    },
    { highWaterMark: 1 },
  )
}
