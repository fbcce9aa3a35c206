import { describe, expect, test } from 'vitest'
import { type DeskRig, type ItemStoresRig, openDesk, texts } from './items-rig.ts'

const flash = { level: 'flash', texts: texts('Quake hits Herat') }
const urgent = { level: 'urgent', texts: texts('Talks end') }
const hourMs = 3_600_000

/** What waits for its time, and a clock that jumps, on every store. */
export function itemsClockContract(open: () => Promise<ItemStoresRig>): void {
  const start = () => openDesk(open)
  const heldUrgent = async (desk: DeskRig, more: object = {}) => {
    const asked = await desk.publish({ ...urgent, ...more })
    if (!('item' in asked)) throw new Error('it was published at once')
    return asked.item
  }

  describe('a clock that jumps', () => {
    test.each([1, 5_000, hourMs, 13 * hourMs])(
      'back by %i ms in a hold: it goes out at its time by the new clock, never before, and can be cancelled until then',
      async (ms) => {
        const desk = await start()
        const [kept, cancelled] = [await heldUrgent(desk), await heldUrgent(desk)]
        desk.clock.ms += 4_999 - ms
        await desk.items.release()
        await desk.act(cancelled.id, { act: 'cancel' }, 'wen')
        desk.clock.ms += ms
        await desk.items.release()
        expect(await desk.entries()).toEqual([])
        desk.clock.ms += 1
        await desk.items.release()
        expect(await desk.entries()).toMatchObject([{ at: kept.releaseAt, alert: { id: kept.alertId } }])
      },
    )

    test('ahead by more than what may be late: an editor is asked, also after the clock was put right', async () => {
      const desk = await start()
      const { id } = await heldUrgent(desk)
      desk.clock.ms += 13 * hourMs
      await desk.items.release()
      desk.clock.ms -= 13 * hourMs
      await desk.items.release()
      expect([(await desk.store.read(id))?.state, await desk.entries()]).toEqual(['missed', []])
      expect((await desk.act(id, { act: 'publish' }, 'eve')).item).toMatchObject({ state: 'held' })
    })

    test('ahead by little: it goes out, dated as the clock said, and what is published after that is not dated before', async () => {
      const desk = await start()
      const { releaseAt } = await heldUrgent(desk)
      desk.clock.ms += 300_000
      await desk.items.release()
      desk.clock.ms -= 300_000
      await desk.publish({ ...urgent, holdSeconds: 0 })
      const [first, second] = await desk.entries()
      expect(Date.parse(first?.at ?? '')).toBeGreaterThan(Date.parse(releaseAt ?? ''))
      expect(Date.parse(second?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(first?.at ?? ''))
    })
  })

  describe('an embargo', () => {
    test('in the past is refused, wherever it is given, and nothing is stored', async () => {
      const desk = await start()
      const past = { ...urgent, embargoUntil: desk.at(-1) }
      for (const asked of [() => desk.publish(past), () => desk.items.dryRun(null, past)])
        await expect(asked()).rejects.toMatchObject({ status: 400, errors: [{ pointer: '/embargoUntil' }] })
      expect(await desk.store.list({ states: ['draft', 'scheduled', 'held'], limit: 9 })).toEqual([])
      const draft = await desk.write(past)
      for (const act of ['submit', 'publish'] as const)
        await expect(desk.act(draft.id, { act }, act === 'submit' ? 'wil' : 'eve')).rejects.toMatchObject({
          errors: [{ pointer: '/embargoUntil', detail: expect.stringContaining('has passed') }],
        })
      expect([(await desk.store.read(draft.id))?.state, await desk.entries()]).toEqual(['draft', []])
    })

    test('that passes while it waits for an approval keeps it no longer: it is held as its level is', async () => {
      const desk = await start()
      const item = await desk.write({ ...flash, embargoUntil: desk.at(60) })
      await desk.act(item.id, { act: 'submit' }, 'wil')
      desk.clock.ms += 61_000
      const { item: held } = await desk.act(item.id, { act: 'approve', hash: item.hash }, 'eve')
      expect(held).toMatchObject({ state: 'held', releaseAt: desk.at(10) })
    })

    test('is kept to the millisecond, also where it is written with another offset', async () => {
      const desk = await start()
      const until = new Date(desk.clock.ms + 2 * hourMs)
      const inTehran = new Date(until.getTime() + 3.5 * hourMs).toISOString().replace('Z', '+03:30')
      const { releaseAt } = await heldUrgent(desk, { embargoUntil: inTehran })
      expect(releaseAt).toBe(until.toISOString())
      desk.clock.ms += 2 * hourMs - 1
      await desk.items.release()
      expect(await desk.entries()).toEqual([])
      desk.clock.ms += 1
      await desk.items.release()
      expect(await desk.entries()).toHaveLength(1)
    })
  })

  test.each([
    ['which clocks in New York skip', '2026-03-08T02:30:00-05:00', '2026-03-08T07:30:00.000Z'],
    ['which they show twice, the first time', '2026-11-01T01:30:00-04:00', '2026-11-01T05:30:00.000Z'],
    ['which they show twice, the second time', '2026-11-01T01:30:00-05:00', '2026-11-01T06:30:00.000Z'],
    ['half an hour of Lord Howe, skipped', '2026-10-04T02:15:00+10:30', '2026-10-03T15:45:00.000Z'],
  ])('a time %s is one moment by its offset, and kept to', async (_, publishAt, at) => {
    const desk = await start()
    const { releaseAt } = await heldUrgent(desk, { publishAt })
    expect(releaseAt).toBe(at)
    desk.clock.ms = Date.parse(at) - 1
    await desk.items.release()
    expect(await desk.entries()).toEqual([])
    desk.clock.ms += 1
    await desk.items.release()
    expect(await desk.entries()).toMatchObject([{ at }])
  })
}
