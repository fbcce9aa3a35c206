import { setTimeout as sleep } from 'node:timers/promises'
import type { Hub } from '../../hub/hub.ts'
import { follow } from '../../log/follow.ts'
import type { AlertLog, Entry } from '../../log/log.ts'
import type { LogWakeUps } from '../cluster/log-wake-ups.ts'
import type { Logger } from '../logger.ts'
import type { WarmUp } from './warm-up.ts'

/** Tests that are due again are told so this often. */
const againMs = 1_000
/**
 * A slot of the wheel of heartbeats. Short, so that few readers are in it: with a second, 15,000 readers were 600 writes in
 * one step, and an alert waited for them.
 */
const slotMs = 50
/** Slots that a busy thread has missed are made up for so many at a time. */
const slotsAtOnceMax = 2

type Deps = {
  readonly logger: Logger
  readonly hub: Hub
  readonly warmUp: Pick<WarmUp, 'again'>
  readonly log: Pick<AlertLog, 'after'>
  readonly wakeUps: Pick<LogWakeUps, 'onAppend'>
  /** The hub was given an entry. */
  readonly delivered: (entry: Entry) => void
}

/** Brings the hub on with the log from its head, and turns the wheel of heartbeats. Gives the way to stop both. */
export function startHubFeed({ logger, hub, warmUp, log, wakeUps, delivered }: Deps): () => Promise<void> {
  const stopped = new AbortController()
  const deliver = (entry: Entry) => {
    hub.deliver(entry)
    delivered(entry)
  }
  const woken: Pick<AlertLog, 'after' | 'onAppend'> = {
    after: (seq, limit) => log.after(seq, limit),
    onAppend: (wake) => wakeUps.onAppend(wake),
  }
  const deps = { log: woken, deliver, sleep: quietSleep, report: logger.report }
  const following = follow(deps, hub.bounds.head, stopped.signal)
  // What ends it is an entry that is not the next one: nothing that the hub says could be trusted any more.
  following.catch(logger.panic)
  const stopWheel = startHeartbeats(hub)
  const again = setInterval(() => warmUp.again(), againMs)
  return async () => {
    stopWheel()
    clearInterval(again)
    stopped.abort()
    await following.catch(() => {})
  }
}

/** Turns the wheel of heartbeats by the clock: a timer that is always a little late would stretch the heartbeat. */
export function startHeartbeats(hub: Pick<Hub, 'beat' | 'limits'>): () => void {
  const slots = (hub.limits.heartbeatSeconds * 1_000) / slotMs
  let beganMs = performance.now()
  let slot = 0
  const wheel = setInterval(() => {
    const due = (performance.now() - beganMs) / slotMs
    for (let times = 0; times < slotsAtOnceMax && slot < due; times += 1) {
      hub.beat(slot, slots)
      slot += 1
    }
    // Whoever was stopped for longer than a round owes nobody two.
    if (due - slot > slots) beganMs += (due - slot) * slotMs
  }, slotMs)
  return () => clearInterval(wheel)
}

async function quietSleep(ms: number, signal: object): Promise<void> {
  await sleep(ms, undefined, { signal: signal as AbortSignal }).catch(() => {})
}
