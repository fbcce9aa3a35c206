import * as z from 'zod'
import { isSameSecret } from '../../auth/secret.ts'
import { Problem } from '../../domain/problem.ts'
import type { App } from '../app-env.ts'
import type { Operation } from '../operation.ts'
import { route } from '../route.ts'

const isAlive: Operation = {
  id: 'isAlive',
  summary: 'Alive',
  tag: 'Operating',
  cache: 'private',
  passesOverUnknownParameters: true,
  answers: { 200: { description: 'The process answers', schema: z.strictObject({ status: z.literal('alive') }) } },
}

const isReady: Operation = {
  id: 'isReady',
  summary: 'Ready to serve',
  tag: 'Operating',
  cache: 'private',
  passesOverUnknownParameters: true,
  answers: { 200: { description: 'The service is ready', schema: z.strictObject({ status: z.literal('ready') }) } },
  problems: [503],
}

const readMetrics: Operation = {
  id: 'readMetrics',
  summary: 'Prometheus metrics',
  tag: 'Operating',
  ownKey: 'metricsKey',
  cache: 'private',
  answers: { 200: { description: 'The metrics', type: 'text/plain', schema: z.string() } },
  problems: [403],
}

/** What probes and metrics need. */
export type HealthDeps = {
  /** Null when ready to serve, else why not. */
  readonly notReady: () => string | null | Promise<string | null>
  /** Prometheus text. */
  readonly metrics: () => Promise<string>
  readonly metricsKey: string | null
  /** Whether a request was made on this machine, and not by way of a proxy. `bindings`: `c.env`. */
  readonly isLocal: (bindings: unknown) => boolean
}

/** `/healthz` (alive), `/readyz` (ready to serve) and `/metrics` (Prometheus text, with METRICS_KEY, or without one on this machine only). */
export function healthRoutes(app: App, deps: HealthDeps): void {
  route(app, 'get', '/healthz', isAlive, (c) => c.json({ status: 'alive' }, 200, { 'Cache-Control': 'no-store' }))

  route(app, 'get', '/readyz', isReady, async (c) => {
    const why = await deps.notReady()
    if (why !== null)
      throw new Problem(503, 'not-ready', `Not ready: ${why.replace(/\.$/, '')}.`, { retryAfterSeconds: 1 })
    return c.json({ status: 'ready' }, 200, { 'Cache-Control': 'no-store' })
  })

  route(app, 'get', '/metrics', readMetrics, async (c) => {
    const { metricsKey } = deps
    if (metricsKey === null && !deps.isLocal(c.env))
      throw new Problem(
        403,
        'metrics-key',
        'Without METRICS_KEY the metrics are for this machine only, asked directly and not by way of a proxy. Set METRICS_KEY and send it as Authorization: Bearer <METRICS_KEY>.',
      )
    const given = /^Bearer\s+(\S.*)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
    if (metricsKey !== null && !(await isSameSecret(given, metricsKey)))
      throw new Problem(401, 'metrics-key', 'Send Authorization: Bearer <METRICS_KEY>.')
    return c.text(await deps.metrics(), 200, {
      'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
      'Cache-Control': 'no-store',
    })
  })
}
