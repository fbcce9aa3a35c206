import * as z from 'zod'
import type { Authority } from '../../../auth/editor.ts'
import { alertIdOf } from '../../../domain/alert.ts'
import { Problem } from '../../../domain/problem.ts'
import type { AlertLog } from '../../../log/log.ts'
import type { Alarm } from '../../../push/outbox/alarms.ts'
import { alarmKinds } from '../../../push/outbox/alarms.ts'
import { aheadAlarm } from '../../../push/outbox/log-ahead.ts'
import type { PushOutbox } from '../../../push/outbox/outbox.ts'
import type { App } from '../../app-env.ts'
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
  summary:
    'Stop the pushes that are not yet sent; gives the counts over all changes. Pushes on their way may still arrive.',
  tag: 'Publishing',
  role: 'editor',
  cache: 'private',
  answers: {
    200: { description: 'The numbers of pushes sent, and of those that will not be sent', schema: stoppedAnswer },
  },
}

const listAlarms: Operation = {
  id: 'listAlarms',
  summary: 'The alarms that need a person, newest first',
  tag: 'Desk',
  role: 'writer',
  cache: 'private',
  answers: { 200: { description: 'The alarms', schema: alarmsAnswer } },
}

/** What the routes about pushes need. `now`: Unix milliseconds. */
export type DeskPushesDeps = {
  /** Stops the pushes of an alert up to its newest change; false: there is no such alert. Throws a Problem (401, 403). */
  readonly stopPushes: (alertId: string, by: Authority) => Promise<boolean>
  readonly outbox: Pick<PushOutbox, 'delivery'>
  /** What an operator should look at, newest first. */
  readonly alarms: () => Promise<readonly Alarm[]>
  readonly log: Pick<AlertLog, 'after' | 'bounds'>
  readonly now: () => number
}

/** `POST /v1/alerts/{id}/stop` and `GET /v1/desk/alarms`. */
export function deskPushRoutes(app: App, deps: DeskPushesDeps): void {
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
