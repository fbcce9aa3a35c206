import { syncBuiltinESMExports } from 'node:module'
import threads from 'node:worker_threads'

// The real service, but SIGUSR2 ends one of its threads in the middle of its work, of those whose file has
// KILL_THREADS in its name.

const { Worker } = threads
const wanted = process.env.KILL_THREADS ?? ''
const living: InstanceType<typeof Worker>[] = []
threads.Worker = class extends Worker {
  constructor(...given: ConstructorParameters<typeof Worker>) {
    super(...given)
    if (!String(given[0]).includes(wanted)) return
    living.push(this)
    this.once('exit', () => living.splice(living.indexOf(this), 1))
  }
}
syncBuiltinESMExports()

process.on('SIGUSR2', () => {
  const worker = living[Math.floor(Math.random() * living.length)]
  if (worker !== undefined) void worker.terminate()
})

await import('../../../src/node/main.ts')
