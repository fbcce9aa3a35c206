import { parseArgs } from 'node:util'
import { startWithTemplate } from '../support/postgres/template-database.ts'
import { measureAppends } from './cluster/append-rate.ts'

const usage = `Measures what many nodes on one PostgreSQL can do. A real server is started on this machine.

Usage: npm run bench:cluster -- [--rounds 5] [--seconds 2]

  --rounds    turns of each way to append
  --seconds   how long a turn takes`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)]
if (![rounds, seconds].every((size) => Number.isSafeInteger(size) && size > 0)) {
  process.stderr.write(`Each flag is a whole number above 0.\n\n${usage}\n`)
  process.exit(2)
}

// `fsync` as in production: what is committed is on the disk.
const server = await startWithTemplate({ fsync: 'on' })
try {
  process.stdout.write('Appends a second: to the log, by a bare locked transaction of two statements, and the ratio\n')
  for (const nodes of [1, 3]) {
    const { log, bare, ratio } = await measureAppends(server, { nodes, rounds, seconds })
    process.stdout.write(
      `${nodes} node${nodes === 1 ? '' : 's'}: ${log.toFixed(0)}, ${bare.toFixed(0)}: ${ratio.toFixed(2)}\n`,
    )
  }
} finally {
  await server.remove()
}
