import type { Context } from 'hono'
import type * as z from 'zod'
import type { EditorStore } from '../../../../auth/editor.ts'
import { answerOf, type ItemState, itemStates } from '../../../../desk/items/item.ts'
import { searchCharsMax } from '../../../../desk/items/item-search.ts'
import { approveSchema, type Items, publishItemSchema, versionSchema } from '../../../../desk/items/items.ts'
import { waitingDetail } from '../../../../desk/items/waiting-detail.ts'
import { nearest } from '../../../../domain/parsing/nearest.ts'
import { parse, quoted } from '../../../../domain/parsing/parse.ts'
import { invalid, Problem } from '../../../../domain/problem.ts'
import type { AlertLog } from '../../../../log/log.ts'
import { formatCursor } from '../../../../protocol/cursor.ts'
import type { App } from '../../../app-env.ts'
import { readJson } from '../../../body.ts'
import { route } from '../../../route.ts'
import { authorityOf } from '../../../sign-in.ts'
import {
  createItem,
  deleteItem,
  itemActs,
  listItems,
  pageMax,
  pageUsual,
  readItem,
  saveItem,
} from './item-operations.ts'
import { naming } from './naming.ts'

/** What the routes of the desk's items need. */
export type ItemsDeps = {
  readonly items: Pick<Items, 'create' | 'save' | 'act' | 'delete' | 'read' | 'list'>
  readonly log: Pick<AlertLog, 'bounds'>
  readonly editors: Pick<EditorStore, 'list'>
  /** Unix milliseconds. */
  readonly now: () => number
}

const waiting = itemStates.filter((state) => state !== 'published' && state !== 'cancelled')

/** The desk's items. */
export function itemRoutes(app: App, deps: ItemsDeps): void {
  const { items } = deps

  route(app, 'get', '/v1/desk/items', listItems, async (c) => {
    const { state, limit: most, before, q } = c.get('query')
    if (q !== undefined && [...q].length > searchCharsMax)
      throw invalid('search', [{ pointer: '/q', detail: `q is at most ${searchCharsMax} characters.` }])
    const found = await items.list(statesIn(state), pageLimit(most), before ? positionOf(before) : undefined, q)
    const next = found.next === null ? {} : { next: `${found.next.changedAt}_${found.next.id}` }
    return c.json({ items: found.items.map(answerOf), ...next })
  })

  route(app, 'post', '/v1/desk/items', createItem, async (c) => {
    const item = await items.create(await readJson(c), keyOf(c), authorityOf(c))
    c.header('Location', `/v1/desk/items/${item.id}`)
    return c.json({ item: answerOf(item) }, 201)
  })

  route(app, 'get', '/v1/desk/items/:id', readItem, async (c) => {
    return c.json({ item: answerOf(await items.read(c.req.param('id'))) })
  })

  route(app, 'put', '/v1/desk/items/:id', saveItem, async (c) => {
    const item = await items.save(c.req.param('id'), await readJson(c), authorityOf(c))
    return c.json({ item: answerOf(item) })
  })

  route(app, 'delete', '/v1/desk/items/:id', deleteItem, async (c) => {
    const { version } = c.get('query')
    if (version !== undefined && !/^[1-9]\d{0,15}$/.test(version))
      throw invalid('deletion', [{ pointer: '/version', detail: 'version is a whole number from 1 on.' }])
    await items.delete(c.req.param('id'), version === undefined ? undefined : Number(version), authorityOf(c))
    return c.body(null, 204)
  })

  const schemas = {
    submit: versionSchema,
    approve: approveSchema,
    publish: publishItemSchema,
    cancel: versionSchema.pick({}),
  }
  for (const [name, schema] of Object.entries(schemas) as [keyof typeof schemas, z.ZodType<object>][])
    route(app, 'post', `/v1/desk/items/:id/${name}`, itemActs[name], async (c) => {
      const body = parse(schema, await readJson(c), name)
      const act = { act: name, ...body } as Parameters<Items['act']>[1]
      const acting = () => items.act(c.req.param('id'), act, keyOf(c), authorityOf(c))
      const { item, entry } = await naming(deps, acting)
      if (item === null) throw new Error('an item that is acted on is not deleted')
      if (entry === null) {
        const detail = waitingDetail(item, await deps.editors.list(), new Date(deps.now()).toISOString())
        return c.json({ item: answerOf(item), ...(detail === null ? {} : { detail }) })
      }
      const { epoch } = await deps.log.bounds()
      return c.json({ item: answerOf(item), seq: entry.seq, cursor: formatCursor({ epoch, seq: entry.seq }) })
    })
}

function keyOf(c: Context): string {
  return c.req.header('idempotency-key') ?? ''
}

function pageLimit(text: string | undefined): number {
  if (text === undefined || text === '') return pageUsual
  const limit = Number(text)
  if (!/^\d+$/.test(text) || limit < 1 || limit > pageMax)
    throw new Problem(400, 'limit-out-of-range', `limit is a whole number from 1 to ${pageMax}.`)
  return limit
}

function statesIn(text: string | undefined): readonly ItemState[] {
  if (text === undefined || text === '') return waiting
  const named = text.split(',').map((it) => it.trim())
  const unknown = named.filter((it) => !itemStates.includes(it as ItemState))
  if (unknown.length === 0) return named as ItemState[]
  throw invalid(
    'list of items',
    unknown.map((it) => {
      const near = nearest(it, itemStates)
      const meant = near === undefined ? '' : ` (did you mean ${near}?)`
      return {
        pointer: '/state',
        detail: `There is no state ${quoted(it)}${meant}; known are ${itemStates.join(', ')}.`,
      }
    }),
  )
}

function positionOf(text: string): { changedAt: string; id: string } {
  const [changedAt = '', id] = text.split(/_(.*)/)
  if (id === undefined) throw noPosition()
  return { changedAt, id }
}

function noPosition(): Problem {
  return new Problem(400, 'unknown-position', 'before is `next` of the page before, as it was given there.')
}
