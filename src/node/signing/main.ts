import { nodeVersionFault } from '../node-version.ts'

// Makes, shows and rotates the signing key, as one JSON argument says. `npx tocsin signing-key` starts it.

const versionFault = nodeVersionFault(process.versions.node)
if (versionFault !== null) {
  process.stderr.write(`${versionFault}\n`)
  process.exit(1)
}
const { runKeyTask } = await import('./signing-key-task.ts')
process.exitCode = await runKeyTask(JSON.parse(process.argv[2] ?? '{}'), process.env)
