import * as z from 'zod'
import { narrowed, type Pause, type PauseStore, parsePause, pauseSchema, widened } from '../../../desk/pause.ts'
import type { Newsroom } from '../../../domain/newsroom.ts'
import type { App } from '../../app-env.ts'
import { readJson } from '../../body.ts'
import type { Operation } from '../../operation.ts'
import { route } from '../../route.ts'
import { authorityOf } from '../../sign-in.ts'

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

const turning = (id: string, summary: string, example: object): Operation => ({
  id,
  summary,
  tag: 'Desk',
  role: 'admin',
  cache: 'private',
  body: { type: 'application/json', schema: pauseSchema, example },
  answers,
})

const operations = {
  pause: turning(
    'pausePublishing',
    'Pause alerts in any of these languages or topics; without either, all but retractions',
    {
      languages: ['en'],
      reason: 'A wrong source is looked into.',
    },
  ),
  resume: {
    ...turning('resumePublishing', 'Remove languages and topics from the pause; without either, end it', {
      reason: 'The source is right.',
    }),
    problems: [409],
  },
} as const

/** What the routes of the kill switch need. `now`: Unix milliseconds. */
export type PauseDeps = { readonly pauses: PauseStore; readonly newsroom: Newsroom; readonly now: () => number }

/** The routes of the kill switch: every editor reads it, admins change it. Each change responds with the new state. */
export function pauseRoutes(app: App, deps: PauseDeps): void {
  const changes = { pause: widened, resume: narrowed } as const

  route(app, 'get', '/v1/desk/pause', readPause, async (c) => {
    c.header('Cache-Control', 'private, no-store')
    return c.json({ pause: await deps.pauses.current() })
  })

  for (const [path, turn] of Object.entries(changes) as [
    keyof typeof changes,
    (typeof changes)[keyof typeof changes],
  ][])
    route(app, 'post', `/v1/desk/${path}`, operations[path], async (c) => {
      const { reason, ...scope } = parsePause(await readJson(c), deps.newsroom, path, await deps.pauses.current())
      const by = authorityOf(c)
      const note = { reason, by: by.editorId, at: new Date(deps.now()).toISOString() }
      const pause: Pause = await deps.pauses.change((present) => turn(present, scope), note, by)
      return c.json({ pause })
    })
}
