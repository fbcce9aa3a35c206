import { setTimeout as sleep } from 'node:timers/promises'
import { follow } from '../follow.ts'
import type { Hub } from '../hub.ts'
import type { AlertLog, Entry } from '../log.ts'
import type { LogBell } from './log-bell.ts'
import type { Rehearsal } from './rehearsal.ts'
import type { Voice } from './voice.ts'

const beatMs = 1_000

type Parts = {
  readonly voice: Voice
  readonly hub: Hub
  readonly rehearsal: Pick<Rehearsal, 'again'>
  readonly log: Pick<AlertLog, 'after'>
  readonly bell: Pick<LogBell, 'onAppend'>
  /** The hub was given an entry. */
  readonly delivered: (entry: Entry) => void
}

/** Brings the hub on with the log from its head, and turns the wheel of heartbeats. Gives the way to stop both. */
export function keepLive({ voice, hub, rehearsal, log, bell, delivered }: Parts): () => Promise<void> {
  const stopped = new AbortController()
  const deliver = (entry: Entry) => {
    hub.deliver(entry)
    delivered(entry)
  }
  const rung: Pick<AlertLog, 'after' | 'onAppend'> = {
    after: (seq, limit) => log.after(seq, limit),
    onAppend: (ring) => bell.onAppend(ring),
  }
  const house = { log: rung, deliver, sleep: quietSleep, report: voice.report }
  const following = follow(house, hub.bounds.head, stopped.signal)
  // What ends it is an entry that is not the next one: nothing that the hub says could be trusted any more.
  following.catch(voice.panic)
  let slot = 0
  const wheel = setInterval(() => {
    hub.beat(slot)
    slot += 1
    rehearsal.again()
  }, beatMs)
  return async () => {
    clearInterval(wheel)
    stopped.abort()
    await following.catch(() => {})
  }
}

async function quietSleep(ms: number, signal: object): Promise<void> {
  await sleep(ms, undefined, { signal: signal as AbortSignal }).catch(() => {})
}
