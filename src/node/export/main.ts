import { nodeVersionFault } from '../node-version.ts'

// Writes an export, as one JSON argument says. `npx tocsin export` starts it.

const versionFault = nodeVersionFault(process.versions.node)
if (versionFault !== null) {
  process.stderr.write(`${versionFault}\n`)
  process.exit(1)
}
const { runExportTask } = await import('./export-task.ts')
process.exitCode = await runExportTask(JSON.parse(process.argv[2] ?? '{}'), process.env)
