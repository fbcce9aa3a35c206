import { endWhileStarting } from './signals.ts'

// Before anything else is loaded: a process that is PID 1, as in a container without an init, ignores a signal for which
// it has no handler.
const started = endWhileStarting(() => process.exit(0))
const { runService } = await import('./run-service.ts')
await runService(started)
