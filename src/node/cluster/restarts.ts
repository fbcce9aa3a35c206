import { setTimeout as sleep } from 'node:timers/promises'
import { Alarms } from '../../push/outbox/alarms.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { type Service, startService } from '../service.ts'
import { type Peers, soleProcess } from './peers.ts'

const againMs = 1_000

/**
 * Starts the service in this process, and again on the same port when its database was replaced by another: everything in
 * memory is of the log that was open. Its readers are asked to reconnect, and their old cursors get a `reset`. The alarm
 * stays.
 */
export async function startRestarting(
  config: Config,
  logger: Logger,
  peers: Peers = soleProcess,
  start: typeof startService = startService,
): Promise<Service> {
  const alarms = new Alarms(Date.now)
  const first = await start(config, logger, peers, alarms)
  const again = { ...config, port: Number(new URL(first.url).port) || config.port }
  /** Null: it was stopped, and could not be started again yet. */
  let service: Service | null = first
  const stopping = new AbortController()
  let restarting: Promise<void> = Promise.resolve()

  function keep(running: Service): void {
    void running.replaced.then(() => {
      if (!stopping.signal.aborted) restarting = restart(running).catch(logger.panic)
    })
  }

  async function restart(replaced: Service): Promise<void> {
    await replaced.stop()
    service = null
    while (!stopping.signal.aborted) {
      try {
        service = await start(again, logger, peers, alarms)
        return keep(service)
      } catch (error) {
        logger.report(error, 'starting again on the replaced database')
      }
      // Rejects when it is stopped meanwhile.
      await sleep(againMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }

  keep(first)
  return {
    ...first,
    async stop() {
      stopping.abort()
      await restarting
      await service?.stop()
    },
  }
}
