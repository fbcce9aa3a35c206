import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { WebSocket } from 'ws'
import { childrenOf } from './process-states.ts'
import type { Running } from './service.ts'

/** What processes hold: open files of the one that has most, and resident bytes of all. */
export type Cost = { readonly files: number; readonly bytes: number }

/** Of a service and whom it has started. */
export function costOf(service: Pick<Running, 'child'>): Cost {
  const pids = [service.child.pid, ...childrenOf(service)]
  const files = pids.map((pid) => readdirSync(`/proc/${pid}/fd`).length)
  const pages = pids.map((pid) => Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]))
  return { files: Math.max(...files), bytes: pages.reduce((sum, count) => sum + count * 4_096, 0) }
}

/** Settings under which `collect` can ask a service to collect its garbage. */
export const collecting = { NODE_OPTIONS: '--inspect=127.0.0.1:0' } as const

/** Has every process of a service collect its garbage, by the protocol of Node's inspector. */
export async function collect({ error }: Pick<Running, 'error'>): Promise<void> {
  const addresses = [...error().matchAll(/Debugger listening on (ws:\/\/\S+)/g)].map(([, address = '']) => address)
  if (addresses.length === 0) throw new Error('the service was started without `collecting`')
  for (const address of addresses) {
    const socket = new WebSocket(address)
    await once(socket, 'open')
    // Twice: what a finalizer lets go of is collected the second time.
    for (const id of [1, 2]) {
      socket.send(JSON.stringify({ id, method: 'HeapProfiler.collectGarbage' }))
      await once(socket, 'message')
    }
    socket.terminate()
  }
}
