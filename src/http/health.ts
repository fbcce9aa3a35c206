import { z } from 'zod'
import { Problem } from '../problem.ts'
import type { App, House } from './house.ts'
import type { Operation } from './operation.ts'
import { route } from './route.ts'

const isAlive: Operation = {
  id: 'isAlive',
  summary: 'Alive',
  tag: 'Operating',
  cache: 'private',
  answers: { 200: { description: 'It is', schema: z.strictObject({ status: z.literal('alive') }) } },
}

const isReady: Operation = {
  id: 'isReady',
  summary: 'Ready to serve',
  tag: 'Operating',
  cache: 'private',
  answers: { 200: { description: 'It is', schema: z.strictObject({ status: z.literal('ready') }) } },
  problems: [503],
}

const readMetrics: Operation = {
  id: 'readMetrics',
  summary: 'Prometheus metrics',
  tag: 'Operating',
  ownKey: 'metricsKey',
  cache: 'private',
  answers: { 200: { description: 'The metrics', type: 'text/plain', schema: z.string() } },
}

/** `/healthz` (alive), `/readyz` (ready to serve) and `/metrics` (Prometheus text, behind METRICS_KEY when set). */
export function healthRoutes(app: App, house: Pick<House, 'notReady' | 'metrics' | 'metricsKey'>): void {
  route(app, 'get', '/healthz', isAlive, (c) => c.json({ status: 'alive' }, 200, { 'Cache-Control': 'no-store' }))

  route(app, 'get', '/readyz', isReady, (c) => {
    const why = house.notReady()
    if (why !== null)
      throw new Problem(503, 'not-ready', `Not ready: ${why}. Ask again soon.`, { retryAfterSeconds: 1 })
    return c.json({ status: 'ready' }, 200, { 'Cache-Control': 'no-store' })
  })

  route(app, 'get', '/metrics', readMetrics, async (c) => {
    if (house.metricsKey !== null && c.req.header('authorization') !== `Bearer ${house.metricsKey}`)
      throw new Problem(401, 'metrics-key', 'Send Authorization: Bearer <METRICS_KEY>.')
    return c.text(await house.metrics(), 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' })
  })
}
