import { type DeskRig, type ItemStoresRig, openDesk, startMs, texts } from '../items-rig.ts'
import { newsrooms, type Schedule } from './schedule.ts'
import { checkEnd } from './schedule-checks.ts'
import { ScheduleRun } from './schedule-run.ts'

/** A desk on which one schedule after the other is run. */
export type ModelDesk = {
  /** Runs a schedule on a new item and gives what it published. Throws when something does not hold. */
  run(schedule: Schedule): Promise<readonly string[]>
}

let guests = 0

/** Opens new stores with the people of the schedules. */
export async function openModel(open: () => Promise<ItemStoresRig>): Promise<ModelDesk> {
  let desk: DeskRig = await openDesk(open, newsrooms.usual)
  const feed = {
    id: 'feed',
    name: 'FEED',
    role: 'editor',
    levels: ['urgent', 'routine'],
    createdAt: desk.at(),
  } as const
  await desk.editors.add(feed, 'key of feed')
  return {
    async run({ first, guestRole, steps }) {
      desk.clock.ms = Math.max(desk.clock.ms, startMs)
      if (desk.newsroom !== newsrooms.usual) desk = await desk.reopened(newsrooms.usual)
      const guest = { id: `guest ${++guests}`, role: guestRole }
      await desk.editors.add({ ...guest, name: guest.id, createdAt: desk.at() }, `key of ${guest.id}`)
      const run = new ScheduleRun(desk, await desk.write({ level: first, texts: texts('First') }, 'wil'), guest)
      try {
        for (const step of steps) await run.step(step)
        // What still waits may go out; afterwards nothing moves any more.
        for (const ms of [5_000, 3_600_000, 3_600_000])
          for (const step of [
            { step: 'clock', ms },
            { step: 'one', attempt: { act: 'release' } },
          ] as const)
            await run.step(step)
        return await checkEnd(run)
      } finally {
        desk = run.desk
      }
    },
  }
}
