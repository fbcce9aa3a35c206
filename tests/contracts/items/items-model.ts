import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs } from '../../support/effort.ts'
import '../../support/runner/fast-check-size.ts'
import type { ItemStoresRig } from './items-rig.ts'
import { drawnSchedule, scheduleOf } from './model/drawn-schedules.ts'
import { type ModelDesk, openModel } from './model/run-schedule.ts'
import type { Schedule } from './model/schedule.ts'

/** How many schedules one database sees: a crash copies it. */
const perDatabase = 250
/** Of so many schedules one is drawn anew at each run. The others are the same each time. */
const oneAtRandomOf = 4

/**
 * Random schedules of two writers, three editors and two admins on one item. Whatever happens: it leaves only with the
 * approvals that its rule wants, for exactly its content, unexpired, of people who did not write it and have a key still, or
 * overridden; never before its time; never after a cancel or a change that was answered; at most once; nobody changes what
 * another reads before approving it; and every answered act is in the audit log. `open`: new stores.
 */
export function itemsModel(open: () => Promise<ItemStoresRig>, schedules: number): void {
  modelOn(() => openModel(open), schedules)
}

/** The same on a desk that runs schedules wherever it is. */
export function modelOn(open: () => Promise<ModelDesk>, schedules: number): void {
  const count = runs(schedules)
  const atRandom = Math.ceil(count / oneAtRandomOf)
  const published = new Set<string>()
  /** Ten thousand take long on a busy machine. */
  const patient = { timeout: 90_000 + count * 1_000 }

  /** Runs each schedule, on a new database from time to time. */
  function runner(): (schedule: Schedule) => Promise<void> {
    let ran = 0
    let model: ModelDesk | null = null
    return async (schedule) => {
      if (model === null || ran % perDatabase === 0) model = await open()
      ran += 1
      for (const it of await model.run(schedule)) published.add(it)
    }
  }

  test('by any schedule of a fixed seed, only what was approved leaves, in its time and once', patient, async () => {
    const run = runner()
    for (let seed = 0; seed < count - atRandom; seed += 1)
      await fc.assert(fc.asyncProperty(scheduleOf(seed), run), { seed, numRuns: 1 })
  })

  test('by any schedule at random, only what was approved leaves, in its time and once', patient, async () => {
    await fc.assert(fc.asyncProperty(drawnSchedule, runner()), { numRuns: atRandom })
  })

  test('the schedules were such that alerts of each level were published, and one was overridden', () => {
    if (count >= 100) expect([...published].toSorted()).toEqual(['flash', 'flash overridden', 'routine', 'urgent'])
    else expect(published.size).toBeGreaterThan(0)
  })
}
