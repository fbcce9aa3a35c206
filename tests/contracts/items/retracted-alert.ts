import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ItemState } from '../../../src/desk/items/item.ts'
import { noRules } from '../../../src/domain/level-rules.ts'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import '../../support/runner/fast-check-size.ts'
import { type DeskRig, type ItemStoresRig, newKey, openDesk, texts } from './items-rig.ts'

const note = { en: 'It was not so.' }
const ways = ['at once', 'as an item', 'by its time'] as const
type Way = (typeof ways)[number]

/** Where a change of the alert stands when the alert is retracted. */
const standings = ['awaiting-approval', 'held', 'scheduled', 'missed', 'refused', 'draft', 'cancelled'] as const
type Standing = (typeof standings)[number]
const ended: readonly ItemState[] = ['awaiting-approval', 'held', 'scheduled', 'missed', 'refused']

/** What a retraction makes of the items that wait with changes of the same alert, on every store. */
export function retractedAlertContract(open: () => Promise<ItemStoresRig>): void {
  const alertOf = async (desk: DeskRig) => {
    const published = await desk.publish({ level: 'urgent', texts: texts('Five killed'), holdSeconds: 0 })
    if (!('entry' in published)) throw new Error('it was not published')
    return published.entry.alert.id
  }

  /** A correction of an alert, brought to where it is to stand. */
  async function correction(desk: DeskRig, alertId: string, standing: Standing, headline = 'Four killed') {
    const schedule = standing === 'scheduled' ? { publishAt: desk.at(1_800) } : {}
    const content = { kind: 'correction', alertId, texts: texts(headline), note, ...schedule }
    const { id } = await desk.write(content, 'eve')
    if (standing === 'awaiting-approval') await desk.act(id, { act: 'submit' }, 'eve')
    if (standing === 'cancelled') {
      await desk.act(id, { act: 'submit' }, 'eve')
      await desk.act(id, { act: 'cancel' }, 'eve')
    }
    if (['held', 'scheduled', 'missed', 'refused'].includes(standing)) await desk.act(id, { act: 'publish' }, 'eve')
    return id
  }

  async function retract(desk: DeskRig, alertId: string, way: Way) {
    if (way === 'at once')
      return void (await desk.items.publish({ kind: 'retraction', id: alertId }, { note }, newKey(), desk.by('eli')))
    const publishAt = way === 'by its time' ? { publishAt: desk.at(60) } : {}
    const { id } = await desk.write({ kind: 'retraction', alertId, note, ...publishAt }, 'eli')
    await desk.act(id, { act: 'publish' }, 'eli')
    if (way === 'by its time') {
      desk.clock.ms += 60_000
      await desk.items.release()
    }
    expect(await desk.store.read(id)).toMatchObject({ state: 'published' })
  }

  test.each(ways)(
    'a retraction %s refuses at once whatever waits with a change of its alert, and nothing else',
    async (way) => {
      // Corrections are held longer than the retraction waits for its time.
      const desk = await openDesk(open, slow)
      const [alertId, other] = [await alertOf(desk), await alertOf(desk)]
      const refused = await correction(desk, alertId, 'refused', 'Said by another')
      await desk.items.publish(
        { kind: 'correction', id: alertId },
        { texts: texts('Said by another'), note, holdSeconds: 0 },
        newKey(),
        desk.by('eli'),
      )
      desk.clock.ms += 900_000
      await desk.items.release()
      const missed = await correction(desk, alertId, 'missed', 'Too late')
      desk.clock.ms += 3_000_000
      await desk.items.release()
      const items: Record<string, Standing> = { [missed]: 'missed', [refused]: 'refused' }
      for (const [id, state] of Object.entries(items)) expect((await desk.store.read(id))?.state).toBe(state)
      for (const standing of standings)
        if (standing !== 'missed' && standing !== 'refused') items[await correction(desk, alertId, standing)] = standing
      const elsewhere = await correction(desk, other, 'held')
      const waitingRetraction = await desk.write({ kind: 'retraction', alertId, note }, 'wil')
      await desk.act(waitingRetraction.id, { act: 'submit' }, 'wil')
      items[waitingRetraction.id] = 'awaiting-approval'
      const { last } = await desk.store.changes(null, 1)
      await retract(desk, alertId, way)
      const at = (await desk.log.latest(alertId))?.at
      expect(at).toBe(desk.at())
      const changed = await desk.store.changes(last, 100)
      for (const [id, standing] of Object.entries(items)) {
        const item = await desk.store.read(id)
        if (!ended.includes(standing)) {
          expect([standing, item?.state, item?.refusal]).toEqual([standing, standing, null])
          continue
        }
        const refusal = { code: 'alert-retracted', at, by: 'ELI', changedAt: at }
        expect([standing, item]).toMatchObject([standing, { state: 'refused', releaseAt: null, refusal }])
        expect(item?.refusal?.detail).toContain(`ELI retracted the alert at ${at}.`)
        // Every desk that is open reads it in its feed, and the audit log says why.
        expect(changed.items.map((it) => it.id)).toContain(id)
        const lines = (await desk.audit.read({ limit: 200 })).filter((line) => line.itemId === id)
        const detail = { refusal: 'alert-retracted', alertChangedBy: 'ELI', alertChangedAt: at, state: 'refused' }
        expect(lines[0]).toMatchObject({ act: 'refused', by: null, at, alertId, detail })
      }
      expect((await desk.store.read(elsewhere))?.state).toBe('held')
      expect(await desk.store.due(desk.at(100_000), 10)).toMatchObject({ ids: [elsewhere] })
      // What was ended never goes out, whatever is done with it, and it can be cleared away.
      for (const id of Object.keys(items))
        for (const act of ['publish', 'submit', 'approve'] as const) {
          const { hash = '' } = (await desk.store.read(id)) ?? {}
          const asked = act === 'approve' ? ({ act, hash } as const) : ({ act } as const)
          await expect(desk.act(id, asked, 'ada')).rejects.toMatchObject({ status: 409 })
        }
      const [first = ''] = Object.keys(items)
      expect((await desk.act(first, { act: 'cancel' }, 'eve')).item?.state).toBe('cancelled')
    },
  )

  test('what a retraction ended is told to an approver as a change of the alert, and the same key retracts once', async () => {
    const desk = await openDesk(open)
    const alertId = await alertOf(desk)
    const id = await correction(desk, alertId, 'awaiting-approval')
    const key = newKey()
    const retraction = () => desk.items.publish({ kind: 'retraction', id: alertId }, { note }, key, desk.by('eli'))
    const first = await retraction()
    const { version, hash = '' } = (await desk.store.read(id)) ?? {}
    expect(await retraction()).toEqual(first)
    expect((await desk.store.read(id))?.version).toBe(version)
    await expect(desk.act(id, { act: 'approve', hash }, 'ada')).rejects.toMatchObject({ code: 'alert-retracted' })
  })

  test('without rules too, a retraction that goes out at once is told to who follows the desk', async () => {
    const desk = await openDesk(open, { ...slow, rules: noRules })
    const alertId = await alertOf(desk)
    const id = await correction(desk, alertId, 'scheduled')
    const { acts } = desk.told
    await retract(desk, alertId, 'at once')
    expect(desk.told.acts).toBe(acts + 1)
    expect((await desk.store.read(id))?.refusal).toMatchObject({ code: 'alert-retracted', by: 'ELI' })
  })

  test('by any order of what is done with changes of an alert, nothing waits once it is retracted, and nothing goes out', async () => {
    const step = fc.oneof(
      fc.record({
        step: fc.constant('write' as const),
        standing: fc.constantFrom('held', 'scheduled', 'awaiting-approval'),
      }),
      fc.record({ step: fc.constant('clock' as const), ms: fc.constantFrom(1, 5_000, 10_000, 60_000, 1_000_000) }),
      fc.record({ step: fc.constant('at once' as const), way: fc.constantFrom<Way>('at once', 'as an item') }),
    )
    const desk = await openDesk(open, slow)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.constantFrom(...ways), async (steps, last) => {
        const alertId = await alertOf(desk)
        const ids: string[] = []
        const retracting = (way: Way) => retract(desk, alertId, way).catch(() => {})
        for (const [nth, it] of steps.entries()) {
          if (it.step === 'clock') desk.clock.ms += it.ms
          else if (it.step === 'write') {
            const made = correction(desk, alertId, it.standing as Standing, `Killed: ${nth}`)
            ids.push(...(await made.then((id) => [id]).catch(() => [])))
          } else await Promise.all([retracting(it.way), desk.items.release(), desk.items.release()])
          if (nth % 2 === 0) await desk.items.release()
        }
        await retracting(last)
        const history = await desk.log.history(alertId)
        expect(history.map(({ kind }) => kind).indexOf('retraction')).toBe(history.length - 1)
        for (const id of ids) {
          const item = await desk.store.read(id)
          if (item?.state === 'published') continue
          expect(item).toMatchObject({ state: 'refused', releaseAt: null })
          // What was refused for another change before is refused for this one now.
          expect(item?.refusal).toMatchObject({ code: 'alert-retracted', by: 'ELI' })
        }
      }),
      { numRuns: 25 },
    )
  })
}

/** Corrections of urgent alerts are held, for long. */
const slow = parseNewsroom({
  ...{ name: 'News', languages: [{ tag: 'en' }], topics: [] },
  rules: { ...{ missedSeconds: 600 }, levels: { urgent: { approvals: 0, holdSeconds: 900, leastHoldSeconds: 0 } } },
})
