import '../common-parts.ts'
import type { Listening } from '../../../client/listen.ts'
import { readyWithoutWorker } from './ready-without-worker.ts'

/** A page that is out of sight for a shorter time keeps its connection. */
const hiddenMs = 60_000

/**
 * What a page of a newsroom with mirrors does while the service is there, so that it can soon ask them once it is away. It asks for
 * frequent heartbeats when it comes into sight, and for no more some time after it has gone out of it. `seconds`: how often now.
 */
export function prepare(listening: Pick<Listening, 'askHeartbeat'>, seconds: () => number | undefined): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const ask = () => {
    clearTimeout(timer)
    timer = setTimeout(() => listening.askHeartbeat(seconds()), document.hidden ? hiddenMs : 0)
  }
  document.addEventListener('visibilitychange', ask)
  ask()
  readyWithoutWorker()
}
