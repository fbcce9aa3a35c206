import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { PushAlarm } from '../../../push/outbox/alarms.ts'
import type { Addresses } from '../../stores/thread-stores.ts'
import type { PreparedKeys } from './prepared-keys.ts'

const rowsEach = 16
const unreadable = 'stored push addresses do not open, or have keys that are none: no keys are made ahead for them'
/** Pauses in milliseconds: while pushes are sent, and when everything is prepared. */
const busyMs = 200
const quietMs = 1_000
/** The pause after each piece of work, relative to its duration: at most half of a core is used. */
const restPerWork = 1

type Deps = {
  readonly addresses: Addresses
  readonly prepared: Pick<PreparedKeys, 'prepare' | 'taken'>
  /** Whether there are pushes to send. Those come first. */
  readonly busy: () => boolean
  readonly report: (error: unknown, doing: string) => void
}

/**
 * Prepares push keys while there is nothing to send, until aborted: for all rows, then for new ones, and again for all
 * when records were used, or when other rows are to be prepared for. An alert waits for one record at most (some 0.2 ms). Never rejects.
 */
export async function prepareKeys(deps: Deps, signal: AbortSignal): Promise<void> {
  const begun = () => ({ rowId: 0, taken: deps.prepared.taken, generation: deps.addresses.generation })
  const round = begun()
  while (!signal.aborted) {
    try {
      if (deps.busy()) await quiet(busyMs, signal)
      else if (!(await prepareSome(deps, round, signal))) {
        const { taken, generation } = begun()
        if (taken === round.taken && generation === round.generation) await quiet(quietMs, signal)
        else Object.assign(round, begun())
      }
    } catch (error) {
      deps.report(error, 'making push keys ahead')
      await quiet(quietMs, signal)
    }
  }
}

/** Gives whether there were rows left. */
async function prepareSome(
  { addresses, prepared, busy, report }: Deps,
  round: { rowId: number },
  signal: AbortSignal,
): Promise<boolean> {
  const began = performance.now()
  const rows = await addresses.after(round.rowId, rowsEach)
  for (const row of rows) {
    // Yields to the event loop before each record, so that a wake-up is received first.
    await turn()
    if (busy() || signal.aborted) return true
    try {
      prepared.prepare(await row.open())
    } catch (error) {
      // An address that cannot be decrypted gets no prepared keys. The message does not name the row, so that many such
      // rows make one alarm.
      report(
        new PushAlarm('unreadable', null, unreadable),
        `making a push key ahead (${error instanceof Error ? error.name : 'error'})`,
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
