// Runs one statement in the database of a cluster: <folder of the cluster>/sql "select 1". Its first argument is the
// folder of the cluster.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'

const [folder = '', statement] = process.argv.slice(2)
if (statement === undefined) {
  console.error('Give one statement: sql "select count(*) from tocsin.entries"')
  process.exit(2)
}
const client = new pg.Client({
  connectionString: readFileSync(join(folder, 'database-url'), 'utf8').trim(),
  connectionTimeoutMillis: 5_000,
})
try {
  await client.connect()
  const { rows, rowCount, command } = await client.query(statement)
  if (rows.length > 0) console.table(rows)
  else console.log(`${command} ${rowCount ?? ''}`.trim())
  await client.end()
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
