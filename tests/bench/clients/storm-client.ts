import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { run, scratch, tell } from '../common/native.ts'
import type { ClientOrder } from '../common/words.ts'

// storm-client.c, compiled here and now: it takes the orders that client.ts takes, and little of the machine.
const program = join(scratch(), 'storm-client')
execFileSync('gcc', ['-O2', '-o', program, fileURLToPath(new URL('storm-client.c', import.meta.url))])

process.on('message', (order: ClientOrder) => {
  if (order.do !== 'connect') return
  const { port, count, dialect } = order
  const until = dialect.greetings === 0 ? 'open' : 'live'
  const { stdout } = run(program, [String(port), String(count), until, ...dialect.paths])
  if (stdout === null) throw new Error('the client has no output')
  createInterface({ input: stdout }).on('line', (line) => tell(JSON.parse(line)))
})
