import * as z from 'zod'
import type { DeskFeed } from '../../../../desk/feed/desk-feed.ts'
import type { Items } from '../../../../desk/items/items.ts'
import { enterSchema, presenceSchema, presenceSeconds } from '../../../../desk/items/presence.ts'
import { parse } from '../../../../domain/parsing/parse.ts'
import type { App } from '../../../app-env.ts'
import { readJson } from '../../../body.ts'
import type { Operation } from '../../../operation.ts'
import { route } from '../../../route.ts'
import { authorityOf } from '../../../sign-in.ts'

/** What the routes need that tell who has which item open. `now`: Unix milliseconds. */
export type PresenceDeps = {
  readonly items: Pick<Items, 'presence'>
  readonly feed: Pick<DeskFeed, 'soon'>
  readonly now: () => number
}

const desk = { tag: 'Desk', role: 'writer', cache: 'private' } as const
const presence = z.array(presenceSchema)

const listPresence: Operation = {
  ...desk,
  id: 'listPresence',
  summary: 'Who has which item open now',
  answers: { 200: { description: 'The newest first', schema: z.strictObject({ presence }) } },
}

const enterItem: Operation = {
  ...desk,
  id: 'enterItem',
  summary: 'Say that you have an item open; said again before it ends, it lasts',
  description:
    'With `approving` an item that awaits approval is locked: others cannot change it (409 `item-locked`), and can cancel it. ' +
    'Who may not approve it is noted as `reading`.',
  body: { type: 'application/json', schema: enterSchema, example: { doing: 'editing' } },
  answers: {
    200: {
      description: 'All who have it open, and for how many seconds this counts',
      schema: z.strictObject({ presence, seconds: z.int() }),
    },
  },
}

const leaveItem: Operation = {
  ...desk,
  id: 'leaveItem',
  summary: 'Say that you have an item open no more',
  answers: { 204: { description: 'It is noted' } },
}

const unlockItem: Operation = {
  ...desk,
  role: 'admin',
  id: 'unlockItem',
  summary: 'End the lock of who reads an item before approving it; it is in the audit log',
  answers: { 204: { description: 'It can be changed' } },
}

/** Who has which item open. */
export function presenceRoutes(app: App, { items, feed, now }: PresenceDeps): void {
  const at = () => new Date(now()).toISOString()

  route(app, 'get', '/v1/desk/presence', listPresence, async (c) => {
    return c.json({ presence: await items.presence.present(at()) })
  })

  route(app, 'put', '/v1/desk/items/:id/presence', enterItem, async (c) => {
    const asked = parse(enterSchema, await readJson(c), 'presence')
    const entering = { ...asked, itemId: c.req.param('id'), by: authorityOf(c), at: at() }
    const present = await items.presence.enter(entering)
    feed.soon()
    return c.json({ presence: present, seconds: presenceSeconds })
  })

  route(app, 'delete', '/v1/desk/items/:id/presence', leaveItem, async (c) => {
    await items.presence.leave(c.req.param('id'), authorityOf(c))
    feed.soon()
    return c.body(null, 204)
  })

  route(app, 'delete', '/v1/desk/items/:id/lock', unlockItem, async (c) => {
    await items.presence.unlock(c.req.param('id'), authorityOf(c))
    feed.soon()
    return c.body(null, 204)
  })
}
