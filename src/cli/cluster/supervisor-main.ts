// The supervisor of a cluster, a process of its own in a process group of its own, in which all others of the cluster are.
// When the command that started it is gone, it stops the cluster; when it is gone itself, the command ends the group.

import { CommandError } from '../shell.ts'
import type { CommandMessage, SupervisorMessage } from './cluster-plan.ts'
import { Supervisor } from './supervisor.ts'

let told: Promise<unknown> = Promise.resolve()
const tell = (message: SupervisorMessage): void => {
  if (process.connected) told = new Promise((resolve) => process.send?.(message, resolve))
}
const supervisor = new Supervisor(tell)
let isStopping = false

process.on('message', (message: CommandMessage) => {
  if (message === 'stop') stop()
  else void run(message)
})
// The first time in order; gone while it stops: nobody waits for it any more.
process.on('disconnect', () => {
  if (isStopping) supervisor.abandon()
  else stop()
})
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop)
// The command had ended before this program listened.
if (!process.connected) stop()

async function run({ plan }: Exclude<CommandMessage, 'stop'>): Promise<void> {
  try {
    await supervisor.start(plan)
  } catch (error) {
    if (!isStopping) tell({ failed: error instanceof CommandError ? error.message : String(error) })
    await end(1)
  }
}

function stop(): void {
  if (isStopping) return
  void end(0)
}

async function end(code: number): Promise<void> {
  if (isStopping) return
  isStopping = true
  await supervisor.stop()
  await told
  process.exit(code)
}
