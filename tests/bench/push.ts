import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { canPin, Worker } from './common/processes.ts'
import { median } from './common/summary.ts'
import { Crowd } from './push/push-crowd.ts'
import {
  type PushContender,
  type PushPart,
  pushContenders,
  pushParts,
  type SendOrder,
  type SendReport,
  type SinkReport,
} from './push/push-report.ts'

const usage = `Compares this sender with web-push's sendNotification, on one core, against a sink on another.

Usage: npm run bench:push -- [--messages 20000] [--rounds 3] [--subscriptions 100000]

  --messages       pushes in each round (web-push and tocsin-plain send a tenth of them)
  --rounds         rounds; the contenders take turns in each
  --subscriptions  readers of the whole service in 30 languages; 0: leave that part out`

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '3' },
    subscriptions: { type: 'string', default: '100000' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const messages = wholeOf('messages', values.messages, 100, 1_000_000)
const rounds = wholeOf('rounds', values.rounds, 1, 100)
const subscriptions = wholeOf('subscriptions', values.subscriptions, 0, 2_000_000)

function wholeOf(flag: string, text: string, min: number, max: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= min && number <= max) return number
  process.stderr.write(`--${flag} is a whole number from ${min} to ${max}.\n\n${usage}\n`)
  process.exit(2)
}

const say = (line = ''): void => void process.stdout.write(`${line}\n`)
const folder = new URL('./results/', import.meta.url)
mkdirSync(folder, { recursive: true })

const sinkWorker = new Worker(new URL('./push/push-sink.ts', import.meta.url), 1)
const sink = await sinkWorker.next<{ readonly port: number; readonly cert: string }>('port')
const authority = new URL('push-ca.pem', folder)
writeFileSync(authority, sink.cert)
process.env.NODE_EXTRA_CA_CERTS = authority.pathname

/** What each message cost in one run, in CPU microseconds of the sender. */
async function costOf(how: PushContender | PushPart): Promise<{ readonly micros: number; readonly perSecond: number }> {
  const sender = new Worker(new URL('./push/push-sender.ts', import.meta.url), 0)
  const share = ['web-push', 'seal-web-push', 'tocsin-plain'].includes(how) ? 10 : 1
  const order = (count: number): SendOrder => ({ how, messages: Math.ceil(count / share), ...sink })
  await sender.ask<SendReport>(order(messages / 4), 'cpuMicros')
  const before = await sinkWorker.ask<SinkReport>('look', 'accepted')
  const report = await sender.ask<SendReport>(order(messages), 'cpuMicros')
  const after = await sinkWorker.ask<SinkReport>('look', 'accepted')
  await sender.end()
  const sent = after.accepted - before.accepted
  if (pushContenders.some((it) => it === how) && sent !== report.messages)
    throw new Error(`the sink saw ${sent} of ${report.messages}`)
  return { micros: report.cpuMicros / report.messages, perSecond: report.messages / (report.wallMs / 1_000) }
}

type ReplayCache = Map<string, { readonly micros: number; readonly perSecond: number }[]>
const runs: ReplayCache = new Map()
for (let round = 0; round < rounds; round += 1)
  for (const how of [...pushContenders, ...pushParts]) runs.set(how, [...(runs.get(how) ?? []), await costOf(how)])
const microsOf = (how: PushContender | PushPart): number => median((runs.get(how) ?? []).map(({ micros }) => micros))
const wallOf = (how: PushContender | PushPart): number => median((runs.get(how) ?? []).map((it) => it.perSecond))

say(
  `${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, ${canPin ? 'pinned' : 'NOT pinned'}, ${rounds} rounds of ${messages}`,
)
say('\nSeal, sign and send one message; medians.')
for (const how of pushContenders)
  say(
    `  ${how.padEnd(16)} ${microsOf(how).toFixed(1).padStart(7)} CPU µs   ${Math.round(1e6 / microsOf(how))
      .toString()
      .padStart(
        6,
      )}/s a core   ${Math.round(wallOf(how)).toString().padStart(6)}/s by the clock   × ${(microsOf('web-push') / microsOf(how)).toFixed(1)}`,
  )
say('\nParts, CPU µs a message; key-agreement is OpenSSL’s own ECDH, the floor of a seal without a record.')
for (const part of pushParts) say(`  ${part.padEnd(16)} ${microsOf(part).toFixed(1).padStart(7)}`)

const crowd = subscriptions === 0 ? null : await crowdFigures()
async function crowdFigures() {
  const deps = new Crowd({ worker: sinkWorker, ...sink }, subscriptions)
  try {
    say(
      `\nThe whole service, one push thread on one core with everything else; ${subscriptions} subscriptions in 30 languages.`,
    )
    await deps.import()
    const without = await deps.run(0, (running) => deps.alert(running))
    say(`  without records  ${JSON.stringify(without)}`)
    const prepared = await deps.run(Math.ceil(subscriptions * 1.3), (running) => deps.alert(running))
    say(`  with records     ${JSON.stringify(prepared)}`)
    const flash = await deps.run(0, (running) => deps.flash(running))
    say(`  a flash          ${JSON.stringify(flash)}`)
    const fanOut = await deps.run(0, (running) => deps.fanOut(running), false)
    say(`  to sockets, ms   ${JSON.stringify(fanOut)}`)
    return { without, prepared, flash, fanOut }
  } finally {
    deps.close()
  }
}

const at = new Date().toISOString()
const results = {
  at,
  node: process.version,
  cpu: cpus()[0]?.model,
  pinned: canPin,
  messages,
  rounds,
  runs: Object.fromEntries(runs),
  crowd,
}
const file = new URL(`push-${at.replaceAll(':', '-')}.json`, folder)
writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
say(`\nSaved as ${file.pathname}`)
await sinkWorker.end()
