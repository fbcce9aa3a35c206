import { counted } from '../../domain/plural.ts'
import { type Cli, integerOption, jsonOption, type Program, urlOption } from '../command-line.ts'
import { ask, keyedServiceOf, refusedFrom, type Service } from '../service-client.ts'
import { CommandError, type ExitCode, jsonLine, paint, type Shell } from '../shell.ts'
import { linesOf } from './chunks.ts'
import { chunkLinesMax, chunkLinesUsual, importFile, linesMax } from './subscriptions-import.ts'

type Flags = { readonly url?: string; readonly json?: boolean }

/** `tocsin subscriptions` */
export function subscriptionsCommand(program: Program, { shell, done }: Cli): void {
  const command = program
    .command('subscriptions')
    .summary('move push subscriptions in or out, and count them')
    .description(
      "Moves push subscriptions in and out as JSON lines, and counts them. Import and export need an admin's key in TOCSIN_KEY.",
    )
    .addHelpText('after', help)
  command
    .command('import')
    .description('Imports subscriptions. It is harmless to repeat.')
    .argument('<file>', 'a file of JSON lines, or - for the standard input')
    .addOption(
      integerOption(
        '--chunk <lines>',
        `lines sent at a time, ${chunkLinesUsual} when absent, at most ${chunkLinesMax}`,
        chunkLinesMax,
      ),
    )
    .addOption(integerOption('--from-line <number>', 'go on from this line of the file', linesMax))
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(async (file, options) => done(await importFile(keyedServiceOf(options.url, shell), options, file, shell)))
  command
    .command('export')
    .description('Prints every subscription, one a line.')
    .addOption(urlOption())
    .action(async (options) => done(await exportAll(keyedServiceOf(options.url, shell), shell)))
  command
    .command('count')
    .description('Counts the subscriptions by language, level and topic.')
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(async (options) => done(await count(keyedServiceOf(options.url, shell), options, shell)))
}

const help = `
A line is what a browser gave, and what its reader wants:
  {"subscription":{"endpoint":"https://…","keys":{"p256dh":"…","auth":"…"}},"interest":{"languages":["fa"],"level":"urgent"}}
besides, where known: "discreet", "audience", "createdAt", and "vapidPublicKey": the key that the browser subscribed with.
That key pair must be given to the service first (VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY, or in vapid.json), or it could
not push. Absent: the service's present key.

An import is harmless to repeat: what is there already stays as it is. Refused lines are named by their number.
An export contains secrets: who has it, and the VAPID key, can write to every reader. Keep it as you keep the key.

Exit codes: 0 done, 1 lines were refused or something failed, 2 wrong usage

Examples:
  npx tocsin subscriptions import readers.ndjson --chunk 500 --from-line 1
  npx tocsin subscriptions export > subscriptions.ndjson
  npx tocsin subscriptions count --json
  npx tocsin subscriptions export --url https://old.example | TOCSIN_KEY=… npx tocsin subscriptions import -`

/** An export that sends nothing for so long has broken off. */
const silenceMsMax = 60_000

async function exportAll(service: Service, shell: Shell): Promise<ExitCode> {
  const silence = inactivityTimeout(silenceMsMax)
  try {
    const response = await fetch(new URL('v1/desk/subscriptions', service.url), {
      redirect: 'error',
      headers: { authorization: `Bearer ${service.key}`, accept: 'application/x-ndjson, application/problem+json' },
      signal: AbortSignal.any([shell.stop, silence.signal]),
    })
    if (!response.ok) throw await refusedFrom(response, service)
    if (response.body === null) throw new CommandError('The answer has no body. See: npx tocsin doctor')
    const { printed, unreadable } = await printAll(response.body, silence, shell)
    shell.warn(
      `${paint(shell, 'green', 'Exported')}  ${counted(printed, 'subscription')}. The lines contain secrets; keep them as you keep the keys.`,
    )
    if (unreadable === 0) return 0
    shell.warn(
      `${paint(shell, 'red', 'Not exported')}  ${counted(unreadable, 'subscription')} in damaged rows, which cannot be read. Those readers subscribe again at their next visit.`,
    )
    return 1
  } finally {
    silence.end()
  }
}

/** A signal that aborts after a time without activity; between `end` and `begin` the time does not run. */
type InactivityTimeout = { readonly signal: AbortSignal; readonly begin: () => void; readonly end: () => void }

export function inactivityTimeout(msMax: number): InactivityTimeout {
  const silent = new AbortController()
  const abort = () => silent.abort()
  let timer = setTimeout(abort, msMax)
  const end = () => clearTimeout(timer)
  const begin = () => {
    end()
    timer = setTimeout(abort, msMax)
  }
  return { signal: silent.signal, begin, end }
}

/** Prints the lines as they come. Only the service's own silence counts, not the time that the output takes. */
export async function printAll(
  body: AsyncIterable<Uint8Array>,
  silence: Pick<InactivityTimeout, 'begin' | 'end'>,
  shell: Pick<Shell, 'print' | 'said' | 'stop'>,
): Promise<{ printed: number; unreadable: number }> {
  let printed = 0
  let unreadable = 0
  try {
    for await (const line of linesOf(body)) {
      if (typeof line !== 'string') throw new CommandError(line.detail)
      silence.begin()
      // The last line says how many rows the service could not read. It is for the operator, not a line of the export.
      const lost = /^\{"unreadable":(\d+)\}$/.exec(line)?.[1]
      if (lost !== undefined) {
        unreadable = Number(lost)
        continue
      }
      shell.print(line)
      silence.end()
      await shell.said()
      silence.begin()
      printed += 1
    }
    return { printed, unreadable }
  } catch (error) {
    if (shell.stop.aborted) throw error
    throw new CommandError(`The export broke off after line ${printed}: it is not the whole. Run it again.`)
  }
}

type Counts = {
  readonly total: number
  readonly test: number
  readonly languages: Readonly<Record<string, number>>
  readonly levels: Readonly<Record<string, number>>
  readonly topics: Readonly<Record<string, number>>
  /** Absent in answers of an older service. */
  readonly dropped?: number
}

async function count(service: Service, { json }: Flags, shell: Shell): Promise<ExitCode> {
  const { body } = await ask(service, { path: 'v1/desk/subscriptions/count', signal: shell.stop })
  if (json) {
    shell.print(jsonLine(body))
    return 0
  }
  const { total, test, dropped = 0, ...tables } = body as Counts
  shell.print(
    `${paint(shell, 'bold', counted(total, 'subscription'))}${test > 0 ? `, and ${test} to test alerts` : ''}`,
  )
  for (const [name, table] of Object.entries(tables)) {
    if (Object.keys(table).length === 0) continue
    shell.print(paint(shell, 'dim', name))
    const rows = Object.entries(table).sort(([, a], [, b]) => b - a)
    for (const [word, readers] of rows) shell.print(`  ${(word === '*' ? 'all' : word).padEnd(20)}${readers}`)
  }
  if (dropped > 0)
    shell.print(
      `${counted(dropped, 'subscription')} of these name a language or a topic that the newsroom has no more. They stay as they are, and are sent alerts of their other languages and topics only.`,
    )
  return 0
}
