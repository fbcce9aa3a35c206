import * as z from 'zod'
import { alertIdOf } from '../../../domain/alert.ts'
import { Problem } from '../../../domain/problem.ts'
import { alarmKinds } from '../../../push/outbox/alarms.ts'
import { aheadAlarm } from '../../../push/outbox/log-ahead.ts'
import type { App, HttpDeps } from '../../deps.ts'
import type { Operation } from '../../operation.ts'
import { route } from '../../route.ts'
import { authorityOf } from '../../sign-in.ts'

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

const stopPushes: Operation = {
  id: 'stopPushes',
  summary: 'Stop the pushes not yet sent; the counts so far, over all changes (what is on its way may still arrive)',
  tag: 'Publishing',
  role: 'editor',
  cache: 'private',
  answers: { 200: { description: 'How many went out, how many will not', schema: stoppedAnswer } },
}

const listAlarms: Operation = {
  id: 'listAlarms',
  summary: 'What a person should look at, newest first',
  tag: 'Desk',
  role: 'writer',
  cache: 'private',
  answers: { 200: { description: 'The alarms', schema: alarmsAnswer } },
}

/** Stopping an alert's pushes, and what a person should look at. */
export function deskPushRoutes(
  app: App,
  deps: Pick<HttpDeps, 'stopPushes' | 'outbox' | 'alarms' | 'log' | 'now'>,
): void {
  route(app, 'post', '/v1/alerts/:id/stop', stopPushes, async (c) => {
    const id = alertIdOf(c.req.param('id'))
    if (!(await deps.stopPushes(id, authorityOf(c))))
      throw new Problem(404, 'no-such-alert', 'There is no alert with this id. Check it, or look in /v1/alerts.')
    const deliveries = await deps.outbox.delivery(id)
    const sum = (what: 'accepted' | 'stopped') => deliveries.reduce((total, it) => total + it[what], 0)
    return c.json({ accepted: sum('accepted'), stopped: sum('stopped') })
  })

  route(app, 'get', '/v1/desk/alarms', listAlarms, async (c) => {
    c.header('Cache-Control', 'private, no-store')
    const ahead = await aheadAlarm(deps.log, deps.now())
    return c.json({ alarms: [...(ahead === null ? [] : [ahead]), ...(await deps.alarms())] })
  })
}
