import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { PushAlarm } from '../../../push/outbox/alarms.ts'
import type { StoredAddresses } from '../../../store/sqlite/subscription-addresses.ts'
import type { PreparedKeys } from './prepared-keys.ts'

const rowsEach = 16
const unreadable = 'stored push addresses do not open, or have keys that are none: no keys are made ahead for them'
/** How long it waits while pushes are sent, and when all is prepared. */
const busyMs = 200
const quietMs = 1_000
/** It rests as long as it worked: at most half of a core, and only until all is prepared. */
const restPerWork = 1

type Deps = {
  readonly addresses: Pick<StoredAddresses, 'after'>
  readonly prepared: Pick<PreparedKeys, 'prepare' | 'taken'>
  /** Whether there are pushes to send: those come first. */
  readonly busy: () => boolean
  readonly report: (error: unknown, doing: string) => void
}

/**
 * Makes keys ahead while nothing happens, until aborted: row after row, then those that come new, and all over again
 * when records were taken. An alert waits for one record at most (some 0.2 ms). Never rejects.
 */
export async function prepareKeys(deps: Deps, signal: AbortSignal): Promise<void> {
  const round = { rowId: 0, taken: deps.prepared.taken }
  while (!signal.aborted) {
    try {
      if (deps.busy()) await quiet(busyMs, signal)
      else if (!(await prepareSome(deps, round, signal))) {
        if (deps.prepared.taken === round.taken) await quiet(quietMs, signal)
        else Object.assign(round, { rowId: 0, taken: deps.prepared.taken })
      }
    } catch (error) {
      deps.report(error, 'making push keys ahead')
      await quiet(quietMs, signal)
    }
  }
}

/** Gives whether there was anything to look at. */
async function prepareSome(
  { addresses, prepared, busy, report }: Deps,
  round: { rowId: number },
  signal: AbortSignal,
): Promise<boolean> {
  const began = performance.now()
  const rows = addresses.after(round.rowId, rowsEach)
  for (const row of rows) {
    // A turn each, so that a bell is heard before the next record.
    await turn()
    if (busy() || signal.aborted) return true
    try {
      prepared.prepare(await row.open())
    } catch (error) {
      // An address that cannot be read has no keys made ahead, no more.
      // Without the row's own words, so that many such rows are one alarm.
      report(
        new PushAlarm('unreadable', null, unreadable),
        `making a push key ahead (${error instanceof Error ? error.name : 'trouble'})`,
      )
    }
    round.rowId = row.rowId
  }
  if (rows.length > 0) await quiet((performance.now() - began) * restPerWork, signal)
  return rows.length > 0
}

async function quiet(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)
}
