import { z } from 'zod'
import { narrowed, type Pause, parsePause, pauseSchema, widened } from '../pause.ts'
import { readJson } from './body.ts'
import type { App, House } from './house.ts'
import type { Operation } from './operation.ts'
import { needs } from './sign-in.ts'

export const pauseAnswer = z.strictObject({
  pause: z
    .strictObject({
      languages: z.array(z.string()),
      topics: z.array(z.string()),
      reason: z.string(),
      by: z.string(),
      at: z.iso.datetime({ precision: 3 }),
    })
    .nullable(),
})

/** These routes as /openapi.json describes them. */
export const pauseOperations: Readonly<Record<string, Operation>> = {
  'get /v1/desk/pause': { summary: 'How the kill switch stands', key: true, answers: { 200: pauseAnswer } },
  'post /v1/desk/pause': {
    summary: 'Pause alerts in any of these languages or topics; without either, all but retractions',
    key: true,
    body: pauseSchema,
    answers: { 200: pauseAnswer },
  },
  'post /v1/desk/resume': {
    summary: 'Take languages and topics out of the pause; without either, end it',
    key: true,
    body: pauseSchema,
    answers: { 200: pauseAnswer },
  },
}

type Rooms = Pick<House, 'pauses' | 'newsroom' | 'now'>

/** The kill switch: everyone at the desk sees it, admins turn it. Each turn answers how it stands then. */
export function pauseRoutes(app: App, house: Rooms): void {
  const turns = { pause: widened, resume: narrowed } as const

  app.get('/v1/desk/pause', needs('writer'), async (c) => {
    c.header('Cache-Control', 'private, no-store')
    return c.json({ pause: await house.pauses.current() })
  })

  for (const [path, turn] of Object.entries(turns))
    app.post(`/v1/desk/${path}`, needs('admin'), async (c) => {
      const { reason, ...scope } = parsePause(await readJson(c), house.newsroom)
      const note = { reason, by: c.get('editor')?.id ?? '', at: new Date(house.now()).toISOString() }
      const pause: Pause = await house.pauses.change((present) => turn(present, scope), note)
      return c.json({ pause })
    })
}
