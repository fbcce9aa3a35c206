import { PostgresLog } from '../../../src/store/postgres/log/postgres-log.ts'
import { PostgresDatabase } from '../../../src/store/postgres/postgres-database.ts'
import { newAlert } from '../samples.ts'

// Appends alerts side by side under the keys `<name>-<number>`, and prints each key when its append was acknowledged.
const [url = '', name = '', count = '0'] = process.argv.slice(2)
const database = new PostgresDatabase({ url, applicationName: name, limitMs: 60_000 })
const log = await PostgresLog.open(database, () => 'epoch1')
await Promise.all(
  Array.from({ length: Number(count) }, async (_, at) => {
    await log.append(newAlert(`${name}-${at}`), `${name}-${at}`)
    process.stdout.write(`${name}-${at}\n`)
  }),
)
await database.close()
