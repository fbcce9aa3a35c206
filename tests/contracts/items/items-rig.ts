import { v7 as newId } from 'uuid'
import type { Authority, EditorStore, Role } from '../../../src/auth/editor.ts'
import type { AuditLog } from '../../../src/desk/audit.ts'
import { Desk } from '../../../src/desk/desk.ts'
import type { ItemAct } from '../../../src/desk/items/item-acts.ts'
import type { ItemStore } from '../../../src/desk/items/item-store.ts'
import { Items } from '../../../src/desk/items/items.ts'
import type { PauseStore } from '../../../src/desk/pause.ts'
import { type Newsroom, parseNewsroom } from '../../../src/domain/newsroom.ts'
import type { AlertLog } from '../../../src/log/log.ts'

/** Stores under test, on one database. `reopen` is what a crash and a new start leave. */
export type ItemStoresRig = {
  readonly items: ItemStore
  readonly log: AlertLog
  readonly editors: EditorStore
  readonly audit: AuditLog
  readonly pauses: PauseStore
  reopen(): Promise<ItemStoresRig>
  /**
   * The store ends in the midst of what it is asked next, as if its process were killed: at this point of a transaction, or
   * after its commit where it has fewer. Who asked gets no answer, unless the store asks again by itself. Absent where no test
   * needs it.
   */
  crashAt?(point: number): void
}

/** Two writers, two editors and an admin. */
export const people = { wil: 'writer', wen: 'writer', eve: 'editor', eli: 'editor', ada: 'admin' } as const
export type Person = keyof typeof people

/** The role of one of the people; whoever else there is is an editor. */
export const roleOf = (id: string): Role => (Object.hasOwn(people, id) ? people[id as Person] : 'editor')

/** The rules that the contract names as built in. */
export const contractRules = {
  levels: {
    flash: { approvals: 1, holdSeconds: 10, leastHoldSeconds: 5 },
    urgent: { approvals: 0, holdSeconds: 5, leastHoldSeconds: 0 },
  },
}

export const ruled: Newsroom = parseNewsroom({
  name: 'News',
  languages: [{ tag: 'en' }, { tag: 'fa' }, { tag: 'ru' }],
  topics: [{ id: 'iran', labels: { en: 'Iran' } }],
  rules: contractRules,
})

export const startMs = Date.parse('2026-03-01T12:00:00.000Z')
export const texts = (headline: string) => ({ en: { headline, summary: '' } })

/** What was asked under a key: the same is asked again. */
const asked = new Map<string, Parameters<Items['act']>[1]>()

/** The desk on stores under test, with a clock that the test sets. */
export type DeskRig = Awaited<ReturnType<typeof openDesk>>

let keys = 0
/** An idempotency key for one intention. */
export const newKey = () => `key-${++keys}`

export async function openDesk(open: () => Promise<ItemStoresRig>, newsroom = ruled) {
  const stores = await open()
  for (const [id, role] of Object.entries(people))
    await stores.editors.add(
      { id, name: id.toUpperCase(), role, createdAt: new Date(startMs).toISOString() },
      `key of ${id}`,
    )
  return deskOn(stores, { ms: startMs }, newsroom)
}

function deskOn(stores: ItemStoresRig, clock: { ms: number }, newsroom: Newsroom) {
  const { items: store, log, editors, pauses, audit } = stores
  const now = () => clock.ms
  const desk = new Desk({ log, newsroom, pauses, now, newId })
  const told = { acts: 0 }
  const acted = () => {
    told.acts += 1
  }
  const items = new Items({ items: store, desk, log, newsroom, now, newId, acted })
  const by = (id: string, role: Role = roleOf(id)): Authority => ({
    ...{ editorId: id, credential: { by: 'key', hash: `key of ${id}` }, role },
    at: new Date(clock.ms).toISOString(),
  })
  return {
    ...{ store, log, editors, pauses, audit, clock, desk, items, by, newsroom, told },
    at: (seconds = 0) => new Date(clock.ms + seconds * 1_000).toISOString(),
    write: (body: object, person: Person = 'wil', key = newKey()) => items.create(body, key, by(person)),
    /** As the desk's page does it: with the version that is read before, unless the test says another or none. */
    async act(id: string, act: Parameters<Items['act']>[1], person: string, key = newKey()) {
      const isBare = (act.act === 'publish' || act.act === 'submit') && !('version' in act)
      const sent = asked.get(key) ?? (isBare ? { ...act, version: (await store.read(id))?.version } : act)
      asked.set(key, sent)
      return items.act(id, sent, key, by(person))
    },
    publish: (body: object, person: Person = 'eve', key = newKey()) =>
      items.publish(null, body, key, by(person, people[person] === 'writer' ? 'editor' : people[person])),
    entries: () => log.after(0, 1_000),
    crashAt(point: number) {
      if (stores.crashAt === undefined) throw new Error('these stores cannot crash')
      stores.crashAt(point)
    },
    /** A crash, and a new start on what it left; some other newsroom's rules may hold then. */
    async reopened(changed = newsroom) {
      return deskOn(await stores.reopen(), clock, changed)
    },
  }
}

export type Acts = ItemAct['act']
