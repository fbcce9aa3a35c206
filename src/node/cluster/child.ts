import { readConfig } from '../config.ts'
import { openVoice, type Voice } from '../logger.ts'
import { type Service, startService } from '../service.ts'
import { onStopSignals } from '../signals.ts'
import { explain } from '../start-errors.ts'
import { reusePortVariable, roleVariable, type ToChild, type ToPrimary } from './ipc-messages.ts'
import { ChildKin } from './ipc-peers.ts'

// One process of several on one port; `primary.ts` starts it. Without its primary it ends at once: nobody would
// replace it, ring for it or stop it, and it would hold the port.
process.on('disconnect', () => process.exit(1))
process.umask(0o077)

let service: Service | null = null
let stopping = false

try {
  const config = readConfig(process.env)
  const voice = openVoice(config)
  const kin = new ChildKin({
    owner: process.env[roleVariable] === 'owner',
    reusePort: process.env[reusePortVariable] === '1',
    say,
  })
  process.on('message', (message: ToChild) => (message.type === 'stop' ? void stop(voice) : kin.hear(message)))
  // A terminal's Ctrl-C reaches every process of the group; and one child may be sent away alone, to be replaced.
  onStopSignals(
    () => void stop(voice),
    () => {},
  )
  service = await startService(config, voice, kin)
  say({ type: 'ready', url: service.url, firstKey: service.firstKey, notes: service.notes })
} catch (error) {
  const { code, lines } = explain(error)
  for (const line of lines) process.stderr.write(`${line}\n`)
  process.exit(code)
}

function say(message: ToPrimary): void {
  process.send?.(message, undefined, undefined, () => {
    // What could not be sent needs no ear any more: the channel is gone, and so is this process in a moment.
  })
}

async function stop({ report }: Voice): Promise<void> {
  if (stopping) return
  stopping = true
  try {
    await service?.stop()
    process.exit(0)
  } catch (trouble) {
    report(trouble, 'stopping')
    process.exit(1)
  }
}
