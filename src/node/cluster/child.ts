import { readConfig } from '../config.ts'
import { type Logger, openLogger } from '../logger.ts'
import type { Service } from '../service.ts'
import { onStopSignals } from '../signals.ts'
import { explain } from '../start-errors.ts'
import { collectGarbage, limitHeapOfThreads } from '../threads/heap.ts'
import { reusePortVariable, roleVariable, type ToChild, type ToPrimary } from './ipc-messages.ts'
import { IpcPeers } from './ipc-peers.ts'
import { startRestarting } from './restarts.ts'

// One process of several on one port; `primary.ts` starts it. It ends at once when its primary is gone: nothing would
// replace, wake or stop it, and it would hold the port.
process.on('disconnect', () => process.exit(1))
process.umask(0o077)

let service: Service | null = null
let stopping = false

try {
  const config = readConfig(process.env)
  const logger = openLogger(config)
  const peers = new IpcPeers({
    owner: process.env[roleVariable] === 'owner',
    reusePort: process.env[reusePortVariable] === '1',
    send,
  })
  process.on('message', (message: ToChild) => (message.type === 'stop' ? void stop(logger) : peers.receive(message)))
  // A terminal's Ctrl-C reaches every process of the group. A signal to one child alone stops it, and it is replaced.
  onStopSignals(
    () => void stop(logger),
    () => {},
  )
  limitHeapOfThreads()
  service = await startRestarting(config, logger, peers)
  collectGarbage()
  send({ type: 'ready', url: service.url, firstKey: service.firstKey, notes: service.notes })
} catch (error) {
  const { code, lines } = explain(error)
  for (const line of lines) process.stderr.write(`${line}\n`)
  process.exit(code)
}

function send(message: ToPrimary): void {
  process.send?.(message, undefined, undefined, () => {
    // The IPC channel is closed, so this process is about to end, and the error needs no handler.
  })
}

async function stop({ report }: Logger): Promise<void> {
  if (stopping) return
  stopping = true
  try {
    await service?.stop()
    process.exit(0)
  } catch (error) {
    report(error, 'stopping')
    process.exit(1)
  }
}
