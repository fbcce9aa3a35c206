import { nodeVersionFault } from '../node-version.ts'

// Moves a newsroom from a data folder into PostgreSQL, as one JSON argument says. `npx tocsin migrate` starts it.

const versionFault = nodeVersionFault(process.versions.node)
if (versionFault !== null) {
  process.stderr.write(`${versionFault}\n`)
  process.exit(1)
}
const { runMoveTask } = await import('./move-task.ts')
process.exitCode = await runMoveTask(JSON.parse(process.argv[2] ?? '{}'), process.env.DATABASE_URL ?? '')
