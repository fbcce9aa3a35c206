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
export async function startRestarting(config: Config, logger: Logger, peers: Peers = soleProcess): Promise<Service> {
  const alarms = new Alarms(Date.now)
  const first = await startService(config, logger, peers, alarms)
  const again = { ...config, port: Number(new URL(first.url).port) || config.port }
  let service = first
  let stopping = false
  let restarting: Promise<void> = Promise.resolve()

  function keep(): void {
    void service.replaced.then(() => {
      if (!stopping) restarting = restart().catch(logger.panic)
    })
  }

  async function restart(): Promise<void> {
    await service.stop()
    for (;;) {
      try {
        service = await startService(again, logger, peers, alarms)
        return keep()
      } catch (error) {
        logger.report(error, 'starting again on the replaced database')
      }
      await sleep(againMs)
    }
  }

  keep()
  return {
    ...first,
    async stop() {
      stopping = true
      await restarting
      await service.stop()
    },
  }
}
