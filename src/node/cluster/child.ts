import { readConfig } from '../config.ts'
import { type Logger, openLogger } from '../logger.ts'
import { type Service, startService } from '../service.ts'
import { onStopSignals } from '../signals.ts'
import { explain } from '../start-errors.ts'
import { reusePortVariable, roleVariable, type ToChild, type ToPrimary } from './ipc-messages.ts'
import { IpcPeers } from './ipc-peers.ts'

// One process of several on one port; `primary.ts` starts it. Without its primary it ends at once: nobody would
// replace it, ring for it or stop it, and it would hold the port.
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
  // A terminal's Ctrl-C reaches every process of the group; and one child may be sent away alone, to be replaced.
  onStopSignals(
    () => void stop(logger),
    () => {},
  )
  service = await startService(config, logger, peers)
  send({ type: 'ready', url: service.url, firstKey: service.firstKey, notes: service.notes })
} catch (error) {
  const { code, lines } = explain(error)
  for (const line of lines) process.stderr.write(`${line}\n`)
  process.exit(code)
}

function send(message: ToPrimary): void {
  process.send?.(message, undefined, undefined, () => {
    // What could not be sent needs no ear any more: the channel is gone, and so is this process in a moment.
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
