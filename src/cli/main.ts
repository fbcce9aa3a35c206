#!/usr/bin/env node
import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { buffer } from 'node:stream/consumers'
import { stopWhenOrphaned } from './parent-exit.ts'
import { run } from './run.ts'

/** A second signal within this time is a copy of the first: npm passes on what the terminal has sent to us already. */
const copyMs = 500
const stop = new AbortController()
let stoppedAt = 0
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    // A second signal ends it at once.
    if (stop.signal.aborted && performance.now() - stoppedAt >= copyMs) process.exit(130)
    if (stop.signal.aborted) return
    stoppedAt = performance.now()
    stop.abort()
  })
stopWhenOrphaned(process.env, () => stop.abort())
// EPIPE: the reader of a pipe has ended, as with `| head`, which is no error. Anything else that stops the output is one.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => process.exit('code' in error && error.code === 'EPIPE' ? 0 : 1))

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  print: (line) => process.stdout.write(`${line}\n`),
  warn: (line) => process.stderr.write(`${line}\n`),
  input: process.stdin,
  said: async () => {
    if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain', { signal: stop.signal })
  },
  ask: process.stdin.isTTY && process.stderr.isTTY ? askPerson : null,
  readInput: () => buffer(process.stdin),
  styled: process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
  stop: stop.signal,
})

async function askPerson(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  lines.on('SIGINT', () => stop.abort())
  try {
    return await lines.question(question, { signal: stop.signal })
  } catch (error) {
    if (stop.signal.aborted) throw error
    // Ctrl-D ends the input without an answer.
    return ''
  } finally {
    lines.close()
  }
}
