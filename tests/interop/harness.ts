import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { childrenOf, isAlive } from '../support/processes/process-states.ts'
import { startNode } from '../support/processes/service.ts'
import { startWorker } from '../support/processes/worker-process.ts'

/** A service that can be killed, as far as a story needs it. */
export type Started = { readonly url: string; readonly kill: () => Promise<void> }
/** Starts a service on a folder, which it finds as the last one left it. */
export type Start = (folder: string, env?: Readonly<Record<string, string>>) => Promise<Started>

/** Waits for something, no longer than that: in hooks, where no expectation can be polled. */
export async function until(isSo: () => boolean, msMax: number): Promise<void> {
  const end = Date.now() + msMax
  while (!isSo() && Date.now() < end) await sleep(20)
}

export const onNode: Start = async (folder, env) => {
  const service = await startNode(folder, env)
  return { url: service.url, kill: async () => void (await service.end('SIGKILL')) }
}

export const onTwoProcesses: Start = async (folder, env) => {
  const service = await startNode(folder, { PROCESSES: '2', ...env })
  const kill = async () => {
    const children = childrenOf(service)
    await service.end('SIGKILL')
    for (const pid of children) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It went with its parent.
      }
      await until(() => !isAlive(pid), 20_000)
    }
  }
  return { url: service.url, kill }
}

/** workerd, started again: what its objects had answered is on the disk, and no connection of before is left. */
export const onWorkers: Start = async (folder) => {
  const worker = await startWorker({ folder })
  return { url: worker.url, kill: worker.end }
}

/** A service behind an address that stays the same while the service is killed and started again. */
export type Deps = {
  /** Where readers go: a door that is closed while the service is away. */
  readonly url: string
  /** The service itself, which an editor reaches before the door opens again. */
  readonly desk: () => string
  /** Kills the service; whoever was connected is cut off, and whoever comes is refused. */
  readonly kill: () => Promise<void>
  /** Starts it again on the same data, with the door still closed. */
  readonly restart: () => Promise<void>
  readonly openDoor: () => Promise<void>
  readonly end: () => Promise<void>
}

export async function openHouse(start: Start): Promise<Deps> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
  let service = await start(folder)
  const door = await openDoor(() => Number(new URL(service.url).port))
  return {
    url: door.url,
    desk: () => service.url,
    async kill() {
      await service.kill()
      await door.close()
    },
    async restart() {
      service = await start(folder)
    },
    openDoor: door.open,
    async end() {
      await door.close()
      await service.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Passes bytes on as they are: what comes through is the service's own HTTP. */
async function openDoor(targetPort: () => number) {
  const through = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(targetPort(), '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      through.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        through.delete(one)
        other.destroy()
      })
    }
  })
  const listen = (port: number) => new Promise<void>((done) => void server.listen(port, '127.0.0.1', done))
  await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    open: () => listen(port),
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done())
        for (const socket of through) socket.destroy()
      }),
  }
}
