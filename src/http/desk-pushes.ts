import { z } from 'zod'
import { Problem } from '../problem.ts'
import { alarmKinds } from '../push/alarms.ts'
import type { App, House } from './house.ts'
import type { Operation } from './operation.ts'
import { needs } from './sign-in.ts'

export const stoppedAnswer = z.strictObject({ accepted: z.int(), stopped: z.int() })

export const alarmsAnswer = z.strictObject({
  alarms: z.array(
    z.strictObject({
      kind: z.enum(alarmKinds),
      host: z.string().optional(),
      detail: z.string(),
      at: z.iso.datetime({ precision: 3 }),
    }),
  ),
})

/** These routes as /openapi.json describes them. */
export const deskPushOperations: Readonly<Record<string, Operation>> = {
  'post /v1/alerts/{id}/stop': {
    summary: 'Stop the pushes not yet sent; the counts so far, over all changes (what is on its way may still arrive)',
    key: true,
    answers: { 200: stoppedAnswer },
  },
  'get /v1/desk/alarms': {
    summary: 'What a person should look at, newest first',
    key: true,
    answers: { 200: alarmsAnswer },
  },
}

/** Stopping an alert's pushes, and what a person should look at. */
export function deskPushRoutes(app: App, house: Pick<House, 'log' | 'outbox' | 'alarms'>): void {
  app.post('/v1/alerts/:id/stop', needs('editor'), async (c) => {
    const id = c.req.param('id')
    const latest = await house.log.latest(id)
    if (latest === null)
      throw new Problem(404, 'no-such-alert', 'There is no alert with this id. Check it, or look in /v1/alerts.')
    await house.outbox.stop(id, latest.seq)
    const deliveries = await house.outbox.delivery(id)
    const sum = (what: 'accepted' | 'stopped') => deliveries.reduce((total, it) => total + it[what], 0)
    return c.json({ accepted: sum('accepted'), stopped: sum('stopped') })
  })

  app.get('/v1/desk/alarms', needs('writer'), async (c) => {
    c.header('Cache-Control', 'private, no-store')
    return c.json({ alarms: await house.alarms() })
  })
}
