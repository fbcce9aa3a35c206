import * as z from 'zod'
import {
  type Pause,
  type PauseScope,
  type PauseStore,
  parsePause,
  pauseSchema,
  resumed,
  resumeSchema,
  widened,
} from '../../../desk/pause.ts'
import type { Newsroom } from '../../../domain/newsroom.ts'
import type { App } from '../../app-env.ts'
import { readJson } from '../../body.ts'
import type { Operation } from '../../operation.ts'
import { route } from '../../route.ts'
import { authorityOf } from '../../sign-in.ts'
import { idempotencyKeyHeader, keyedRequestOf } from '../idempotency-key.ts'

export const pauseAnswer = z.strictObject({
  pause: z
    .strictObject({
      languages: z.array(z.string()),
      topics: z.array(z.string()),
      reason: z.string(),
      by: z.string(),
      byName: z.string().nullable(),
      at: z.iso.datetime({ precision: 3 }),
    })
    .nullable(),
})

const answers = { 200: { description: 'The state of the kill switch', schema: pauseAnswer } }
const readPause: Operation = {
  id: 'readPause',
  summary: 'The state of the kill switch',
  tag: 'Desk',
  role: 'writer',
  cache: 'private',
  answers,
}

const turning = (id: string, summary: string, schema: z.ZodType, example: object): Operation => ({
  id,
  summary,
  tag: 'Desk',
  role: 'admin',
  cache: 'private',
  headers: { 'Idempotency-Key': idempotencyKeyHeader },
  body: { type: 'application/json', schema, example },
  answers,
  problems: [409],
})

const operations = {
  pause: turning(
    'pausePublishing',
    'Pause alerts in any of these languages or topics; without either, all but retractions',
    pauseSchema,
    {
      languages: ['en'],
      reason: 'A wrong source is looked into.',
    },
  ),
  resume: turning(
    'resumePublishing',
    'Remove languages and topics from the pause; without either, end it',
    resumeSchema,
    { reason: 'The source is right.' },
  ),
} as const

/** What the routes of the kill switch need. `now`: Unix milliseconds. */
export type PauseDeps = { readonly pauses: PauseStore; readonly newsroom: Newsroom; readonly now: () => number }

/** The routes of the kill switch: every editor reads it, admins change it. Each change responds with the new state. */
export function pauseRoutes(app: App, deps: PauseDeps): void {
  const changes: Record<'pause' | 'resume', (pause: Pause, scope: PauseScope, at?: string) => PauseScope | null> = {
    pause: widened,
    resume: resumed,
  }

  route(app, 'get', '/v1/desk/pause', readPause, async (c) => {
    c.header('Cache-Control', 'private, no-store')
    return c.json({ pause: await deps.pauses.current() })
  })

  for (const path of ['pause', 'resume'] as const)
    route(app, 'post', `/v1/desk/${path}`, operations[path], async (c) => {
      const body = await readJson(c)
      const { reason, at, ...scope } = parsePause(body, deps.newsroom, path, await deps.pauses.current())
      const by = authorityOf(c)
      const request = await keyedRequestOf(c, path, body)
      const note = { reason, by: by.editorId, at: new Date(deps.now()).toISOString() }
      const pause: Pause = await deps.pauses.change((present) => changes[path](present, scope, at), note, by, request)
      return c.json({ pause })
    })
}
