import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { textOf } from '../common/message.ts'
import { run, scratch, takeOrders, tell } from '../common/native.ts'

// The floor without Node: floor.c, compiled here and now.
const program = join(scratch(), 'floor')
execFileSync('gcc', ['-O2', '-o', program, fileURLToPath(new URL('floor.c', import.meta.url))])
const child = run(program, [])
if (child.stdout === null) throw new Error('the floor has no output')
createInterface({ input: child.stdout }).on('line', (line) => tell(JSON.parse(line)))
takeOrders(child.pid, (seq) => child.stdin?.write(`${textOf(seq)}\n`))
