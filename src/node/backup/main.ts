import { nodeVersionFault } from '../node-version.ts'

// Backs up or restores a data folder, as one JSON argument says. `npx tocsin backup` and `restore` start it.

const versionFault = nodeVersionFault(process.versions.node)
if (versionFault !== null) {
  process.stderr.write(`${versionFault}\n`)
  process.exit(1)
}
const { runTask } = await import('./backup-task.ts')
process.exitCode = await runTask(JSON.parse(process.argv[2] ?? '{}'))
