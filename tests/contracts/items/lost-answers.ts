import { describe, expect, test } from 'vitest'
import type { Item } from '../../../src/desk/items/item.ts'
import { Problem } from '../../../src/domain/problem.ts'
import { type DeskRig, type ItemStoresRig, newKey, openDesk, texts } from './items-rig.ts'

const flash = { level: 'flash', texts: texts('Quake hits Herat') }
const urgent = { level: 'urgent', texts: texts('Talks end') }
const routine = { level: 'routine', texts: texts('Rain') }

type Made = { readonly id: string; readonly hash: string; readonly version: number }
/** A transition: how the item comes to it, and what is then asked, again and again the same. Null: it is gone. */
type Transition = readonly [
  name: string,
  arrive: (desk: DeskRig) => Promise<Made | null>,
  ask: (desk: DeskRig, item: Made, key: string) => Promise<{ readonly id: string } | null>,
]

const draft =
  (body: object, ...acts: readonly ('submit' | 'publish')[]) =>
  async (desk: DeskRig): Promise<Made> => {
    let item: Item = await desk.write(body)
    for (const act of acts) item = (await desk.act(item.id, { act }, act === 'submit' ? 'wil' : 'eve')).item ?? item
    return item
  }
const act =
  (how: Parameters<DeskRig['act']>[1] | 'approve', who: string): Transition[2] =>
  async (desk, { id, hash, version }, key) =>
    (await desk.act(id, how === 'approve' ? { act: 'approve', hash } : seen(how, version), who, key)).item
const seen = (how: Parameters<DeskRig['act']>[1], version: number) =>
  how.act === 'publish' || how.act === 'submit' ? { ...how, version } : how
const publishing =
  (body: object): Transition[2] =>
  async (desk, _, key) => {
    const done = await desk.publish(body, 'eve', key)
    return 'item' in done ? done.item : done.entry.alert
  }

const transitions: readonly Transition[] = [
  ['a draft is made', async () => null, (desk, _, key) => desk.write(flash, 'wil', key)],
  [
    'it is saved',
    draft(flash),
    (desk, { id, version }) => desk.items.save(id, { ...flash, texts: texts('Kabul'), version }, desk.by('wen')),
  ],
  ['it is submitted', draft(flash), act({ act: 'submit' }, 'wil')],
  ['it is approved, and held', draft(flash, 'submit'), act('approve', 'eve')],
  ['it is approved, and published at once', draft(routine, 'submit'), act('approve', 'eve')],
  ['it is published, and held', draft(urgent), act({ act: 'publish' }, 'eve')],
  ['it is published at once', draft(routine), act({ act: 'publish' }, 'eve')],
  ['it is overridden', draft(flash, 'submit'), act({ act: 'publish', overrideReason: 'Now.' }, 'ada')],
  ['it is cancelled in its hold', draft(urgent, 'publish'), act({ act: 'cancel' }, 'wen')],
  ['it is cancelled while it waits for an approval', draft(flash, 'submit'), act({ act: 'cancel' }, 'wen')],
  ['an alert is posted, and published at once', async () => null, publishing({ ...urgent, holdSeconds: 0 })],
  ['an alert is posted, and held', async () => null, publishing(urgent)],
  ['an alert is posted, and waits for an approval', async () => null, publishing(flash)],
]

/** Whether its answer was lost. A refusal is an answer. */
const isLost = (error: unknown) => !(error instanceof Problem) || error.status >= 500

/** What is left of an act, without what differs from one item to the next. */
async function leftBy(desk: DeskRig, id: string | undefined) {
  const lines = (await desk.audit.read({ limit: 50 })).filter((line) => line.itemId === id || line.alertId === id)
  const item = id === undefined ? null : await desk.store.read(id)
  const acts = lines.map(({ act: done, by, detail }) => JSON.stringify([done, by?.id, detail.version, detail.state]))
  return {
    acts,
    item: item && [item.state, item.version, item.approvals.length, item.releaseAt, item.lastAct, item.authors],
    alerts: (await desk.entries()).length,
  }
}

/** Whatever an answer is lost to: who asks again with the same key gets it, and it was done once. On every store. */
export function lostAnswersContract(open: () => Promise<ItemStoresRig>, points: readonly number[]): void {
  describe('an answer that is lost', () => {
    test.each(transitions)('when %s: asked again, it was done once', async (_, arrive, ask) => {
      const sound = await openDesk(open)
      const item = await arrive(sound)
      const wanted = await leftBy(sound, (await ask(sound, item ?? none, newKey()))?.id)
      let desk = await openDesk(open)
      for (const point of points) {
        const alerts = (await desk.entries()).length
        const made = await arrive(desk)
        const key = newKey()
        desk.crashAt(point)
        const first = await ask(desk, made ?? none, key).catch((error: unknown) => {
          if (!isLost(error)) throw error
          return 'lost' as const
        })
        desk = await desk.reopened()
        const again = await ask(desk, made ?? none, key)
        if (first !== 'lost') expect(again).toEqual(first)
        const left = await leftBy(desk, again?.id)
        expect([point, { ...left, alerts: left.alerts - alerts }]).toEqual([point, wanted])
      }
    })

    test('when it is deleted: asked again, it is gone', async () => {
      let desk = await openDesk(open)
      for (const point of points) {
        const { id, version } = await desk.write(flash)
        desk.crashAt(point)
        const first = await desk.items.delete(id, version, desk.by('wil')).catch((error: unknown) => error)
        desk = await desk.reopened()
        if (first !== undefined && !isGone(first))
          await desk.items.delete(id, version, desk.by('wil')).catch((error: unknown) => {
            if (!isGone(error)) throw error
          })
        expect([point, await desk.store.read(id)]).toEqual([point, null])
        const lines = await desk.audit.read({ limit: 9, act: 'delete' })
        expect(lines.filter(({ itemId }) => itemId === id)).toHaveLength(1)
      }
    })

    test('when its time has come: it goes out once', async () => {
      let desk = await openDesk(open)
      for (const [nth, point] of points.entries()) {
        const { id } = await draft(urgent, 'publish')(desk)
        desk.clock.ms += 5_000
        desk.crashAt(point)
        await desk.items.release().catch((error: unknown) => {
          if (!isLost(error)) throw error
        })
        desk = await desk.reopened()
        await desk.items.release()
        expect([point, (await desk.store.read(id))?.state]).toEqual([point, 'published'])
        expect(await desk.entries()).toHaveLength(nth + 1)
        const lines = await desk.audit.read({ limit: 50, act: 'published' })
        expect(lines.filter(({ itemId }) => itemId === id)).toHaveLength(1)
      }
    })
  })
}

const none: Made = { id: '', hash: '', version: 1 }
/** It was deleted, and its answer was lost to the store, which asked again. */
const isGone = (error: unknown) => error instanceof Problem && error.code === 'no-such-item'
