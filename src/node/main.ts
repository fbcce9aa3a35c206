import { nodeVersionFault } from './node-version.ts'
import { endWhileStarting } from './signals.ts'

// The service is imported after these two steps. An older Node cannot load it, because it lacks `node:sqlite`. And a
// process that is PID 1, as in a container without an init, ignores a signal for which it has no handler.
const versionFault = nodeVersionFault(process.versions.node)
if (versionFault !== null) {
  process.stderr.write(`${versionFault}\n`)
  process.exit(1)
}
const started = endWhileStarting(() => process.exit(0))
const { runService } = await import('./run-service.ts')
await runService(started)
