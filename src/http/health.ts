import { Problem } from '../problem.ts'
import type { App, House } from './house.ts'

/** `/healthz` (alive), `/readyz` (ready to serve) and `/metrics` (Prometheus text, behind METRICS_KEY when set). */
export function healthRoutes(app: App, house: Pick<House, 'notReady' | 'metrics' | 'metricsKey'>): void {
  app.get('/healthz', (c) => c.json({ status: 'alive' }, 200, { 'Cache-Control': 'no-store' }))

  app.get('/readyz', (c) => {
    const why = house.notReady()
    if (why !== null)
      throw new Problem(503, 'not-ready', `Not ready: ${why}. Ask again soon.`, { retryAfterSeconds: 1 })
    return c.json({ status: 'ready' }, 200, { 'Cache-Control': 'no-store' })
  })

  app.get('/metrics', async (c) => {
    if (house.metricsKey !== null && c.req.header('authorization') !== `Bearer ${house.metricsKey}`)
      throw new Problem(401, 'metrics-key', 'Send Authorization: Bearer <METRICS_KEY>.')
    return c.text(await house.metrics(), 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' })
  })
}
