import * as z from 'zod'
import type { Authority } from '../../auth/editor.ts'
import { secretHash } from '../../auth/secret.ts'
import { type Kind, kinds } from '../../domain/alert-types.ts'
import { type LevelRule, noRules, ruleFor } from '../../domain/level-rules.ts'
import type { Newsroom } from '../../domain/newsroom.ts'
import { parse } from '../../domain/parsing/parse.ts'
import { Problem } from '../../domain/problem.ts'
import type { AlertLog, Entry } from '../../log/log.ts'
import { isLostRace, isNothingNew } from '../alert-races.ts'
import { type Desk, type DryRunResult, type RevisionTarget, refuseKeyless } from '../desk.ts'
import { type Item, type ItemState, noSuchItem } from './item.ts'
import type { ItemAct } from './item-acts.ts'
import { type Content, canonicalContent, contentSchema, sortedJson } from './item-content.ts'
import { type ItemPage, searchItems } from './item-search.ts'
import type { ItemRequest, ItemResult, ItemStore } from './item-store.ts'
import { plannedOf } from './planned-time.ts'
import type { PresenceStore } from './presence.ts'
import { overrideReason, publishingFields, publishingNames } from './publishing-fields.ts'
import { plannedUnder } from './ready-item.ts'

type Deps = {
  readonly items: ItemStore
  readonly desk: Pick<Desk, 'publish' | 'revise' | 'dryRun' | 'explaining' | 'parsedDraft' | 'parsedRevision'>
  readonly log: Pick<AlertLog, 'latest'>
  readonly newsroom: Newsroom
  /** Unix milliseconds. */
  readonly now: () => number
  /** A new UUIDv7. */
  readonly newId: () => string
  /** Called when something was done with an item here. */
  readonly acted?: () => void
}

const publishingSchema = z.strictObject(publishingFields)

/** The body of `POST /v1/desk/items`: what it will be, and what it says so far. */
export const newItemSchema = contentSchema.extend({
  kind: z.enum(kinds).default('alert'),
  alertId: z.string().min(1).max(100).optional().describe('The alert that it revises.'),
})

/** The body of `PUT /v1/desk/items/{id}`: all that it says, and the item's version that it was made on. */
export const savedItemSchema = contentSchema.extend({ version: z.int().min(1) })

/** The body of `submit`, `cancel` and `delete`. */
export const versionSchema = z.strictObject({ version: z.int().min(1).optional() })
/** The body of `publish`. */
export const publishItemSchema = versionSchema.extend({ overrideReason: overrideReason.optional() })
/** The body of `approve`: the hash of what was read. */
export const approveSchema = z.strictObject({
  hash: z.string({ error: 'Send the hash of the item as you read it: an approval counts for exactly that text.' }),
})

/** What became of a publishing request: an entry of the log, or an item that waits. */
export type Publication = { readonly entry: Entry } | { readonly item: Item }

/** The desk's items: drafts, and what waits for approval or its time. */
export class Items {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Who has which item open. */
  get presence(): PresenceStore {
    return this.#deps.items.presence
  }

  /**
   * Publishes or revises as far as the newsroom's rules let it: at once, or as an item that is held, scheduled or awaits
   * approval. `target`: null for a new alert. Throws a Problem, and then nothing was stored.
   */
  async publish(target: RevisionTarget | null, input: unknown, key: string, by: Authority): Promise<Publication> {
    const { body, publishing } = splitPublishing(input)
    const { desk, newsroom, log } = this.#deps
    if (isPlain(newsroom, publishing) && !(await this.#deps.items.knows(by.editorId, key))) {
      const entry = await (target === null ? desk.publish(body, key, by) : desk.revise(target, body, key, by))
      // A retraction ends what waits.
      this.#deps.acted?.()
      return { entry }
    }
    const latest = target === null ? null : await log.latest(target.id)
    const kind = target?.kind ?? 'alert'
    const part = () => parse(publishingSchema, publishing, kind)
    const others = { key, part, planned: plannedOf(publishing, this.#at()) }
    const change = target === null ? desk.parsedDraft(body, others) : desk.parsedRevision(target, body, latest, others)
    const times = part()
    const { overrideReason: reason, ...timing } = times
    const { version, ...said } = change as Content & { readonly version?: number }
    const alertVersion = version ?? expectedVersion(target, latest?.alert.version)
    const content: Content = { ...said, ...timing, ...(alertVersion === undefined ? {} : { alertVersion }) }
    const alertId = target?.id ?? this.#deps.newId()
    const itemId = this.#deps.newId()
    const hash = await this.#hash(kind, target?.id ?? null, content)
    const acts: readonly ItemAct[] = [
      { act: 'create', kind, alertId, content, hash },
      { act: 'publish', overrideReason: reason },
    ]
    const intention = sortedJson({ publish: target?.id ?? null, kind, change, times })
    const logIntention = sortedJson({ kind, ...(target === null ? {} : { id: target.id }), ...change })
    const asked = () => this.#act({ itemId, acts, key, intention, logIntention, by })
    const { entry, item } = await (target === null
      ? asked()
      : desk.explaining({ id: target.id, version: alertVersion, by: by.editorId }, asked))
    if (entry !== null) return { entry }
    if (item === null) throw new Error('a new item was not stored')
    return { item }
  }

  /** Dry run of publishing or revising, and the rule that it would be under. */
  async dryRun(target: RevisionTarget | null, input: unknown): Promise<DryRunResult & { readonly rule: LevelRule }> {
    const { body, publishing } = splitPublishing(input)
    const { desk, log, newsroom } = this.#deps
    const before = target === null ? null : await log.latest(target.id)
    const kind = target?.kind ?? 'alert'
    // A dry run has no key; the mistakes of both parts are named together.
    const part = () => parse(publishingSchema, publishing, kind)
    const now = this.#at()
    const planned = plannedOf(publishing, now)
    const others = { key: dryRunKey, part, planned }
    const change = target === null ? desk.parsedDraft(body, others) : desk.parsedRevision(target, body, before, others)
    const result = await desk.dryRun(target, body, planned)
    const rule = ruleFor(newsroom.rules, { ...result, before: before?.alert ?? null })
    const { expiresAt } = change as Content
    plannedUnder(rule, { kind, submittedAt: null, timing: part(), expiresAt }, now)
    return { ...result, rule }
  }

  async create(input: unknown, key: string, by: Authority): Promise<Item> {
    const { kind, alertId, ...content } = parse(newItemSchema, input, 'item')
    if ((kind === 'alert') !== (alertId === undefined))
      throw new Problem(
        400,
        'invalid',
        kind === 'alert'
          ? 'A new alert has no alertId yet; leave it out, or say which kind of change it is.'
          : `A ${kind} names the alert that it is of: give alertId.`,
        {
          errors: [
            kind === 'alert'
              ? { pointer: '/alertId', code: 'unknown-field', values: { name: 'alertId' }, detail: 'Leave it out.' }
              : { pointer: '/alertId', code: 'missing', detail: 'It is missing.' },
          ],
        },
      )
    const id = alertId?.toLowerCase() ?? this.#deps.newId()
    const hash = await this.#hash(kind, alertId?.toLowerCase() ?? null, content)
    const act = { act: 'create', kind, alertId: id, content, hash } as const
    return itemOf(await this.#keyed(this.#deps.newId(), act, key, by, { kind, alertId, content }))
  }

  /** Saves all that an item says. Saving the same again does nothing more, so that no key is wanted. */
  async save(id: string, input: unknown, by: Authority): Promise<Item> {
    const { version, ...content } = parse(savedItemSchema, input, 'item')
    const item = await this.read(id)
    const hash = await this.#hash(item.kind, item.kind === 'alert' ? null : item.alertId, content)
    const acts: readonly ItemAct[] = [{ act: 'save', version, content, hash }]
    return itemOf(await this.#act({ itemId: id, acts, key: null, intention: '', by }))
  }

  /** Submits, approves, publishes or cancels. A refusal because of the alert that it revises says what has changed. */
  async act(
    id: string,
    act: Exclude<ItemAct, { act: 'create' | 'save' | 'release' }>,
    key: string,
    by: Authority,
  ): Promise<ItemResult> {
    try {
      return await this.#keyed(id, act, key, by, { id, ...act })
    } catch (error) {
      if (!isLostRace(error) && !isNothingNew(error)) throw error
      const { alertId, content } = await this.read(id)
      return this.#deps.desk.explaining({ id: alertId, version: content.alertVersion, by: by.editorId }, () =>
        Promise.reject(error),
      )
    }
  }

  async delete(id: string, version: number | undefined, by: Authority): Promise<void> {
    await this.#act({ itemId: id, acts: [{ act: 'delete', version }], key: null, intention: '', by })
  }

  /** Throws a Problem (404) when there is no such item. */
  async read(id: string): Promise<Item> {
    const item = await this.#deps.items.read(id)
    if (item === null) throw noSuchItem(await this.#deps.items.deletion(id))
    return item
  }

  /** The newest items in these states; with a `text`, those that say it. */
  async list(
    states: readonly ItemState[],
    limit: number,
    before: { changedAt: string; id: string } | undefined,
    text = '',
  ): Promise<ItemPage> {
    const part = { states, limit, before }
    if (text.trim() !== '') return searchItems(this.#deps.items, text, part)
    const items = await this.#deps.items.list(part)
    const last = items.at(-1)
    const isFull = items.length === limit && last !== undefined
    return { items, next: isFull ? { changedAt: last.changedAt, id: last.id } : null }
  }

  /**
   * Releases what is due, and says when to look again (RFC 3339; null: nothing waits). What could not be released now, such as
   * during a pause, is tried again.
   */
  async release(): Promise<string | null> {
    const { items, newsroom } = this.#deps
    const at = this.#at()
    const { ids, next } = await items.due(at, releasesMax)
    let again = next
    for (const itemId of ids) {
      const request = { itemId, acts: [{ act: 'release' }], key: null, intention: '', at, by: null, newsroom } as const
      if ((await items.act(request)) === null) again = at
    }
    if (ids.length > 0) this.#deps.acted?.()
    return ids.length === releasesMax ? at : again
  }

  async #keyed(itemId: string, act: ItemAct, key: string, by: Authority, request: object): Promise<ItemResult> {
    refuseKeyless(key)
    return this.#act({ itemId, acts: [act], key, intention: sortedJson({ act: act.act, request }), by })
  }

  async #act(request: Omit<ItemRequest, 'at' | 'newsroom'>): Promise<ItemResult> {
    const { items, newsroom } = this.#deps
    const result = await items.act({ ...request, at: this.#at(), newsroom })
    if (result === null) throw new Error('an act of an editor always has a result')
    this.#deps.acted?.()
    return result
  }

  /** SHA-256 in base64url. */
  async #hash(kind: Kind, alertId: string | null, content: Content): Promise<string> {
    return secretHash(canonicalContent(kind, alertId, content))
  }

  #at(): string {
    return new Date(this.#deps.now()).toISOString()
  }
}

/** Stands for the key that a dry run does not have. */
const dryRunKey = 'dry-run'

/** What one look releases: what is stuck becomes `missed` after a while, and holds up no others for long. */
const releasesMax = 1_000

/** The version in `If-Match`, where the body names none: the present one if it is among them. */
function expectedVersion(target: RevisionTarget | null, present: number | undefined): number | undefined {
  const { expected } = target ?? {}
  if (expected === undefined) return undefined
  return expected.find((version) => version === present) ?? expected[0] ?? 0
}

/** Takes apart what a body says about the alert and about its publishing. Anything but an object is left as it is. */
export function splitPublishing(input: unknown): {
  readonly body: unknown
  readonly publishing: Readonly<Record<string, unknown>>
} {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return { body: input, publishing: {} }
  const named = ([name]: readonly [string, unknown]) => publishingNames.includes(name)
  const fields = Object.entries(input)
  return {
    body: Object.fromEntries(fields.filter((field) => !named(field))),
    publishing: Object.fromEntries(fields.filter(named)),
  }
}

/** Whether nothing is to be waited for, whatever the alert is: no rule of the newsroom, and no wish of the editor. */
function isPlain({ rules }: Newsroom, publishing: object): boolean {
  return (
    Object.keys(publishing).length === 0 &&
    sortedJson({ ...rules, ...unruled }) === sortedJson({ ...noRules, ...unruled })
  )
}

/** What is no rule by itself. */
const unruled = { approvalSeconds: 0, missedSeconds: 0, corrections: 'urgent' }

function itemOf({ item }: ItemResult): Item {
  if (item === null) throw new Error('the item was deleted')
  return item
}
