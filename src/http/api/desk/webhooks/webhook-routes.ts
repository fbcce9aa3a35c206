import type { Webhooks } from '../../../../desk/webhooks/webhooks.ts'
import { parse } from '../../../../domain/parsing/parse.ts'
import { Problem } from '../../../../domain/problem.ts'
import type { App } from '../../../app-env.ts'
import { readJson } from '../../../body.ts'
import { route } from '../../../route.ts'
import { authorityOf } from '../../../sign-in.ts'
import { keyedRequestOf } from '../../idempotency-key.ts'
import {
  changeWebhook,
  deleteWebhook,
  listDeadLetters,
  listWebhooks,
  makeWebhook,
  pageMax,
  pageUsual,
  readWebhook,
  replayDeadLetter,
  replayDeadLetters,
  replaySchema,
  rotateSecret,
  testWebhook,
} from './webhook-operations.ts'

/** What the routes of webhooks need. */
export type WebhooksDeps = { readonly webhooks: Webhooks }

const path = '/v1/desk/webhooks'
const deadPath = '/v1/desk/dead-letters'

/** `/v1/desk/webhooks`: who is told of what happens at the desk, for admins. */
export function webhookRoutes(app: App, { webhooks }: WebhooksDeps): void {
  route(app, 'get', path, listWebhooks, async (c) => c.json({ webhooks: await webhooks.list() }))

  route(app, 'post', path, makeWebhook, async (c) => {
    const body = await readJson(c)
    const made = await webhooks.make(body, authorityOf(c), await keyedRequestOf(c, makeWebhook.id, body))
    c.header('Location', `${path}/${made.webhook.id}`)
    return c.json(made, 201)
  })

  deadLetterRoutes(app, webhooks)

  route(app, 'get', `${path}/:id`, readWebhook, async (c) =>
    c.json({ webhook: await webhooks.read(c.req.param('id')) }),
  )

  route(app, 'put', `${path}/:id`, changeWebhook, async (c) =>
    c.json({ webhook: await webhooks.change(c.req.param('id'), await readJson(c), authorityOf(c)) }),
  )

  route(app, 'delete', `${path}/:id`, deleteWebhook, async (c) => {
    await webhooks.remove(c.req.param('id'), authorityOf(c))
    return c.body(null, 204)
  })

  route(app, 'post', `${path}/:id/rotate`, rotateSecret, async (c) => {
    const id = c.req.param('id')
    return c.json(await webhooks.rotate(id, authorityOf(c), await keyedRequestOf(c, rotateSecret.id, { id })))
  })

  route(app, 'post', `${path}/:id/test`, testWebhook, async (c) => {
    const answer = await webhooks.test(c.req.param('id'), authorityOf(c))
    if (answer.kind === 'failed') return c.json({ accepted: false, reason: answer.reason })
    return c.json({ accepted: answer.status >= 200 && answer.status < 300, status: answer.status })
  })
}

function deadLetterRoutes(app: App, webhooks: Webhooks): void {
  route(app, 'get', deadPath, listDeadLetters, async (c) => {
    const { webhook, limit: most, before } = c.get('query')
    const limit = pageLimit(most)
    const deadLetters = await webhooks.deadLetters({
      limit,
      webhookId: webhook || undefined,
      before: before || undefined,
    })
    const last = deadLetters.at(-1)
    return c.json({ deadLetters, ...(deadLetters.length === limit && last !== undefined ? { next: last.id } : {}) })
  })

  route(app, 'post', `${deadPath}/replay`, replayDeadLetters, async (c) => {
    const { webhook } = parse(replaySchema, await readJson(c), 'replay')
    const which = webhook === undefined ? ({ all: true } as const) : { webhookId: webhook }
    return c.json({ replayed: await webhooks.replay(which, authorityOf(c)) })
  })

  route(app, 'post', `${deadPath}/:id/replay`, replayDeadLetter, async (c) =>
    c.json({ replayed: await webhooks.replay({ messageId: c.req.param('id') }, authorityOf(c)) }),
  )
}

function pageLimit(text: string | undefined): number {
  if (text === undefined || text === '') return pageUsual
  const limit = Number(text)
  if (!/^\d+$/.test(text) || limit < 1 || limit > pageMax)
    throw new Problem(400, 'limit-out-of-range', `limit is a whole number from 1 to ${pageMax}.`)
  return limit
}
