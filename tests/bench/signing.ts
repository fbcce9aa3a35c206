import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Entry } from '../../src/log/log.ts'
import { signEntry, signedThrough } from '../../src/log/sign-entry.ts'
import { openSqlite } from '../../src/node/storage/sqlite-file.ts'
import { entryMessage, socketText } from '../../src/protocol/messages.ts'
import { SqliteLog } from '../../src/store/sqlite/sqlite-log.ts'
import { newAlert, newsroom } from '../support/samples.ts'
import { scratchFolder } from '../support/scratch.ts'
import { testSigner } from '../support/signing/test-signer.ts'
import { verifyEntry } from '../support/signing/verify-entry.ts'
import { newsroom as benchNewsroom, epoch } from './common/message.ts'
import { isSigned, signedEntries } from './common/signed-message.ts'
import { median } from './common/summary.ts'
import { interests, type Sizes, visit } from './visit.ts'

const usage = `Measures what it costs to sign an alert: for each language, in an append to SQLite beside an append without a key, and when
a whole log is signed anew; and what it costs the fan-out that alerts are signed: one hub sends signed and unsigned alerts
to the same readers by turns.

Usage: npm run bench:signing -- [--languages 27] [--alerts 300] [--sockets 1500] [--rounds 400] [--starts 3]

  --languages  in how many languages each alert is
  --alerts     how many alerts
  --sockets    readers of the fan-out
  --rounds     alerts that each of them gets, half of them signed
  --starts     how often the fan-out is started afresh`

const { values } = parseArgs({
  options: {
    languages: { type: 'string', default: '27' },
    alerts: { type: 'string', default: '300' },
    sockets: { type: 'string', default: '1500' },
    rounds: { type: 'string', default: '400' },
    starts: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const count = Number(values.alerts)
const tags = Array.from(
  { length: Number(values.languages) },
  (_, nth) => `x${String.fromCharCode(97 + (nth % 26))}${nth}`,
)
const said = 'Witnesses say that the United Nations monitors have left the valley'
const texts = Object.fromEntries(tags.map((tag) => [tag, { headline: said, summary: `${said}. ${said}.` }]))
const { signer, publicKey } = testSigner()
const signing = { signer, newsroom }
const ends: (() => unknown)[] = []
const clean = (end: () => unknown) => void ends.unshift(end)
const id = (number: number) => `01932f6e-0000-7000-8000-${String(number).padStart(12, '0')}`

/** The time that each of `acts` took, in milliseconds. */
async function timed(acts: readonly (() => unknown)[]): Promise<readonly number[]> {
  const times: number[] = []
  for (const act of acts) {
    const begun = performance.now()
    await act()
    times.push(performance.now() - begun)
  }
  return times
}

function openLog(): SqliteLog {
  const sql = openSqlite(join(scratchFolder(clean), 'tocsin.db'))
  clean(() => sql.close())
  return new SqliteLog(sql, 'bench')
}

const appendsTo = (log: SqliteLog) =>
  Array.from({ length: count }, (_, nth) => () => log.append(newAlert(id(nth), { texts }), `k${nth}`))
const say = (what: string, value: number, unit: string) => console.log(`${what.padEnd(58)} ${value.toFixed(1)} ${unit}`)

const [unsigned, signed] = [openLog(), openLog()]
signed.signing.begin(signing)
// By turns, so that what else the machine does meets both.
const [plainMs, signedMs]: [number[], number[]] = [[], []]
const [plainActs, signedActs] = [appendsTo(unsigned), appendsTo(signed)]
for (let nth = 0; nth < count; nth += 1) {
  plainMs.push(...(await timed(plainActs.slice(nth, nth + 1))))
  signedMs.push(...(await timed(signedActs.slice(nth, nth + 1))))
}
const entries: readonly Entry[] = await unsigned.after(0, count)
let through = signedThrough(undefined, { epoch: 'bench', floor: 1, head: 0 })
const signMs = await timed(
  entries.map((entry) => () => {
    through = signEntry(entry, through, signing).signed
  }),
)
const proven = await signed.after(0, count)
const verifyMs = await timed(
  proven.flatMap((entry) =>
    tags.map((tag) => () => verifyEntry(entryMessage(entry, tag, 'bench', newsroom), publicKey)),
  ),
)
unsigned.signing.begin(signing)
const anewMs = await timed([
  async () => {
    while ((await unsigned.signing.signMore(50)) > 0);
  },
])
say('signing, each alert and language', (median(signMs) / tags.length) * 1_000, 'µs')
say('verifying, each alert and language (as tests do)', median(verifyMs) * 1_000, 'µs')
say(`an append in ${tags.length} languages without a key`, median(plainMs), 'ms')
say(`an append in ${tags.length} languages, signed`, median(signedMs), 'ms')
say('signing a log anew', (count * tags.length) / ((anewMs[0] ?? 1) / 1_000), 'signatures a second')
for (const end of ends) await end()

const [, , plainBytes = 0, signedBytes = 0] = signedEntries(3).map((entry) =>
  Buffer.byteLength(socketText(entryMessage(entry, 'en', epoch, benchNewsroom))),
)
const sizes: Sizes = { sockets: Number(values.sockets), rounds: Number(values.rounds), quietSeconds: 0 }
const ratios: number[] = []
for (let start = 1; start <= Number(values.starts); start += 1) {
  const { warm } = await visit('tocsin-signed', sizes, interests)
  // The first of `warm` has seq 2.
  const [plainCpu, signedCpu] = [false, true].map((signed) =>
    median(warm.flatMap(({ cpuMicroseconds }, at) => (isSigned(at + 2) === signed ? [cpuMicroseconds] : []))),
  ) as [number, number]
  ratios.push(signedCpu / plainCpu)
  say(`fan-out ${start}: a message of ${plainBytes} bytes without a signature`, plainCpu, 'µs CPU')
  say(
    `fan-out ${start}: the same, signed, ${signedBytes} bytes`,
    signedCpu,
    `µs CPU, × ${(signedCpu / plainCpu).toFixed(3)}`,
  )
}
console.log(`fan-out of signed alerts, median of ${ratios.length} starts`.padEnd(58), `× ${median(ratios).toFixed(3)}`)
