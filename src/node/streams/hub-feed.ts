import { setTimeout as sleep } from 'node:timers/promises'
import type { Hub } from '../../hub/hub.ts'
import type { KeyWatch } from '../../hub/key-watch.ts'
import { follow } from '../../log/follow.ts'
import type { AlertLog, Entry } from '../../log/log.ts'
import type { LogWakeUps } from '../cluster/log-wake-ups.ts'
import type { Logger } from '../logger.ts'
import type { WarmUp } from './warm-up.ts'

/** How often `WarmUp.again` runs, in milliseconds. */
const againMs = 1_000
/**
 * The length of a slot of the timing wheel for heartbeats, in milliseconds. Short, so that a slot has few readers: with
 * one second, 15,000 readers were 600 writes in one step, and an alert waited for them.
 */
const slotMs = 50
/** How many slots that a busy thread has missed are caught up with at a time. */
const slotsAtOnceMax = 2

type Deps = {
  readonly logger: Logger
  readonly hub: Hub
  readonly keyWatch: Pick<KeyWatch, 'endDue'>
  readonly warmUp: Pick<WarmUp, 'again'>
  readonly log: Pick<AlertLog, 'after'>
  readonly wakeUps: Pick<LogWakeUps, 'onAppend'>
  /** Called after the hub was given an entry. */
  readonly delivered: (entry: Entry) => void
}

/**
 * Follows the log from the hub's head, gives the hub each entry, and runs the heartbeats. Returns a function that stops
 * both.
 */
export function startHubFeed({ logger, hub, keyWatch, warmUp, log, wakeUps, delivered }: Deps): () => Promise<void> {
  const stopped = new AbortController()
  const deliver = (entry: Entry) => {
    keyWatch.endDue()
    hub.deliver(entry)
    delivered(entry)
  }
  const woken: Pick<AlertLog, 'after' | 'onAppend'> = {
    after: (seq, limit) => log.after(seq, limit),
    onAppend: (wake) => wakeUps.onAppend(wake),
  }
  const deps = { log: woken, deliver, sleep: quietSleep, random: Math.random, report: logger.report }
  const following = follow(deps, hub.bounds.head, stopped.signal)
  // The only error is an entry that does not follow the head. The state of the hub cannot be trusted then.
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

/**
 * Runs the heartbeats' timing wheel by the clock: a timer that fires a little late each time would stretch the
 * interval.
 */
export function startHeartbeats(hub: Pick<Hub, 'beat' | 'beatOwn' | 'limits'>): () => void {
  const slots = (hub.limits.heartbeatSeconds * 1_000) / slotMs
  let beganMs = performance.now()
  let slot = 0
  const wheel = setInterval(() => {
    const due = (performance.now() - beganMs) / slotMs
    for (let times = 0; times < slotsAtOnceMax && slot < due; times += 1) {
      hub.beat(slot, slots)
      slot += 1
    }
    // After a pause longer than one round, the missed rounds are skipped.
    if (due - slot > slots) beganMs += (due - slot) * slotMs
    hub.beatOwn()
  }, slotMs)
  return () => clearInterval(wheel)
}

async function quietSleep(ms: number, signal: object): Promise<void> {
  await sleep(ms, undefined, { signal: signal as AbortSignal }).catch(() => {})
}
