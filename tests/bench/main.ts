import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

// All that `npm run bench` measures, part after part; each is also a script of its own, with its own flags.

const parts: Readonly<Record<string, { readonly file: string; readonly about: string }>> = {
  'fan-out': { file: 'fan-out.ts', about: 'the fan-out beside plain ws, Socket.IO and others' },
  service: { file: 'service.ts', about: 'what an alert costs the whole service, beside the bare hub' },
  start: { file: 'start.ts', about: 'a start: time, CPU and memory' },
  reads: { file: 'reads.ts', about: 'plain reads of a log of a million entries, beside the live' },
  storm: { file: 'storm.ts', about: 'a storm of returning readers' },
  processes: { file: 'whole-service.ts', about: '30,000 readers in two processes' },
  push: { file: 'push.ts', about: 'the sending of pushes beside web-push' },
  subscribe: { file: 'subscribe.ts', about: 'a surge of subscribers' },
}
const usual = ['fan-out', 'service', 'reads', 'storm']

const usage = `Measures ${usual.join(', ')}, one after the other; behind -- each script takes its own flags.

Usage: npm run bench -- [--only service,reads]

${Object.entries(parts)
  .map(([name, { about }]) => `  ${name.padEnd(10)} npm run bench:${name.padEnd(10)} ${about}`)
  .join('\n')}`

const { values } = parseArgs({
  options: { only: { type: 'string', default: usual.join(',') }, help: { type: 'boolean', default: false } },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const names = values.only.split(',')
const strange = names.find((name) => !Object.hasOwn(parts, name))
if (strange !== undefined) {
  process.stderr.write(`There is no part “${strange}”.\n\n${usage}\n`)
  process.exit(2)
}
for (const [index, name] of names.entries()) {
  const { file = '', about = '' } = parts[name] ?? {}
  process.stderr.write(`\n${index + 1} of ${names.length}: ${about} (npm run bench:${name})\n`)
  const path = fileURLToPath(new URL(file, import.meta.url))
  const { status } = spawnSync(process.execPath, [path], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
