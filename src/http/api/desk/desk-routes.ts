import type { Context } from 'hono'
import type { EditorStore } from '../../../auth/editor.ts'
import type { Deliveries } from '../../../desk/deliveries.ts'
import type { Desk } from '../../../desk/desk.ts'
import { answerOf } from '../../../desk/items/item.ts'
import { type Items, type Publication, splitPublishing } from '../../../desk/items/items.ts'
import { waitingDetail } from '../../../desk/items/waiting-detail.ts'
import { alertIdOf } from '../../../domain/alert.ts'
import { Problem } from '../../../domain/problem.ts'
import { sentAlert } from '../../../domain/rendering/sent-alert.ts'
import type { AlertLog } from '../../../log/log.ts'
import { formatCursor } from '../../../protocol/cursor.ts'
import type { App } from '../../app-env.ts'
import { readJson } from '../../body.ts'
import type { Operation } from '../../operation.ts'
import { route } from '../../route.ts'
import { authorityOf, refuseBelow } from '../../sign-in.ts'
import { parseIfMatch } from '../if-match.ts'
import { publishAlert, readDelivery, revisions } from './desk-operations.ts'
import { type DryRunDeps, dryRunResponse } from './dry-run.ts'
import { naming } from './items/naming.ts'

/** What the routes that publish need. */
export type DeskDeps = DryRunDeps & {
  readonly desk: Pick<Desk, 'warnings'>
  readonly items: Pick<Items, 'dryRun' | 'publish'>
  readonly log: Pick<AlertLog, 'bounds' | 'after' | 'history' | 'latest'>
  readonly editors: Pick<EditorStore, 'list'>
  readonly outbox: Deliveries
}

/** What editors do: publish, update, correct, retract, and see what happened. */
export function deskRoutes(app: App, deps: DeskDeps): void {
  route(app, 'post', '/v1/alerts', publishAlert, async (c) => {
    const isDryRun = dryRunOf(c)
    const body = await readJson(c)
    if (isDryRun) return c.json(await dryRunResponse(deps, await deps.items.dryRun(null, body)))
    return published(c, deps, body, await deps.items.publish(null, body, idempotencyKey(c), authorityOf(c, 'editor')))
  })

  for (const [kind, operation] of Object.entries(revisions) as [keyof typeof revisions, Operation][])
    route(app, 'post', `/v1/alerts/:id/${kind}`, operation, async (c) => {
      const isDryRun = dryRunOf(c)
      const body = await readJson(c)
      const target = { kind, id: alertIdOf(c.req.param('id')), expected: parseIfMatch(c.req.header('if-match')) }
      return naming(deps, async () => {
        if (isDryRun) return c.json(await dryRunResponse(deps, await deps.items.dryRun(target, body)))
        return published(
          c,
          deps,
          body,
          await deps.items.publish(target, body, idempotencyKey(c), authorityOf(c, 'editor')),
        )
      })
    })

  route(app, 'get', '/v1/alerts/:id/delivery', readDelivery, async (c) => {
    const id = alertIdOf(c.req.param('id'))
    if ((await deps.log.latest(id)) === null)
      throw new Problem(404, 'no-such-alert', 'There is no alert with this id. Check it, or look in /v1/alerts.')
    c.header('Cache-Control', 'private, no-store')
    return c.json({ deliveries: await deps.outbox.delivery(id) })
  })
}

function idempotencyKey(c: Context): string {
  return c.req.header('idempotency-key') ?? ''
}

/** Whether the request is a dry run, which a writer may make. Throws a Problem (403) when a writer wants to publish. */
function dryRunOf(c: Context): boolean {
  const { dryRun } = c.get('query')
  if (dryRun === 'true' || dryRun === '') return true
  // A misspelt dry run must not be published.
  if (dryRun !== undefined && dryRun !== 'false')
    throw new Problem(400, 'unknown-parameter', 'dryRun is true or false. Nothing was published.')
  refuseBelow('editor', c.get('editor'))
  return false
}

/** 201 with the entry; 202 with the item that is held, scheduled or awaits approval. */
async function published(c: Context, deps: DeskDeps, body: unknown, publication: Publication): Promise<Response> {
  if ('item' in publication) {
    c.header('Location', `/v1/desk/items/${publication.item.id}`)
    const detail = waitingDetail(publication.item, await deps.editors.list(), new Date(deps.now()).toISOString())
    return c.json({ item: answerOf(publication.item), ...(detail === null ? {} : { detail }) }, 202)
  }
  const { entry } = publication
  const { epoch } = await deps.log.bounds()
  const { alert, seq } = entry
  c.header('Location', `/v1/alerts/${alert.id}`)
  const cursor = formatCursor({ epoch, seq })
  return c.json(
    { alert: sentAlert(alert), seq, cursor, warnings: deps.desk.warnings(entry, splitPublishing(body).body) },
    201,
  )
}
