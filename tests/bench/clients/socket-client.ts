import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { run, scratch, tell } from '../common/native.ts'
import type { ClientOrder } from '../common/words.ts'

// socket-client.c, compiled here and now: it takes the orders that client.ts takes, and little of the machine.
const program = join(scratch(), 'socket-client')
execFileSync('gcc', ['-O2', '-o', program, fileURLToPath(new URL('socket-client.c', import.meta.url))])

let client: ReturnType<typeof run> | null = null

process.on('message', (order: ClientOrder) => {
  if (order.do === 'expect') return void client?.stdin?.write('\n')
  const { port, count, dialect } = order
  client = run(program, [String(port), String(count), ...dialect.paths])
  if (client.stdout === null) throw new Error('the client has no output')
  createInterface({ input: client.stdout }).on('line', (line) => tell(JSON.parse(line)))
})
