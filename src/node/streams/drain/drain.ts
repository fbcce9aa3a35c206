import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Hub } from '../../../hub/hub.ts'
import { closeDraining } from '../../../protocol/close-codes.ts'

const sliceMs = 50
const stopping = 'This server is stopping. Come back.'

type Drained = Pick<Hub, 'goodbye' | 'closeSome' | 'size'>

/**
 * Closes the live streams in slices over the given time, so that the readers' reconnects are spread. `goesOn`: asked before
 * each slice; those that are left when it is false stay.
 */
export async function drainHub(hub: Drained, seconds: number, reason = stopping, goesOn = () => true): Promise<void> {
  hub.goodbye(seconds * 1_000)
  const slices = Math.max(1, Math.floor((seconds * 1_000) / sliceMs))
  // Each slice is a share of those who are there now: readers who come meanwhile must not make the stop longer.
  const closeSlice = (slicesLeft: number): number =>
    hub.closeSome(Math.max(1, Math.ceil(hub.size / slicesLeft)), closeDraining, reason)
  for (let slicesLeft = slices; goesOn() && closeSlice(Math.max(1, slicesLeft)) > 0; slicesLeft -= 1)
    await sleep(sliceMs)
  // Leaves time for the last close frames to be sent.
  await sleep(sliceMs)
}

/** Stops listening, and closes idle connections. Resolves when the last connection has closed. */
export function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  return closed
}
