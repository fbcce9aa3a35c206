import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Hub } from '../../hub/hub.ts'
import { closeDraining } from '../../protocol/close-codes.ts'

const sliceMs = 50

/** Says goodbye and closes the live streams in slices over the time given, so that they come back spread. */
export async function drainHub(hub: Hub, seconds: number): Promise<void> {
  hub.goodbye(seconds * 1_000)
  const slices = Math.max(1, Math.floor((seconds * 1_000) / sliceMs))
  const perSlice = Math.max(1, Math.ceil(hub.size / slices))
  while (hub.closeSome(perSlice, closeDraining, 'This server is stopping. Come back.') > 0) await sleep(sliceMs)
  // The close frames are still on their way out.
  await sleep(sliceMs)
}

/** Stops listening; resolves when the last connection is gone. Idle ones are closed at once. */
export function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  return closed
}
