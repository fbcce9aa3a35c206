import { nearest } from '../../domain/parsing/nearest.ts'
import { counted } from '../../domain/plural.ts'
import { readFlags } from '../flags.ts'
import { ask, keyedServiceOf, refusalOf, type Service } from '../service-client.ts'
import { type Command, CommandError, type ExitCode, paint, type Shell, UsageError } from '../shell.ts'
import { linesOf } from './chunks.ts'
import { chunkLinesMax, type ImportFlags, importFile } from './subscriptions-import.ts'

type Flags = ImportFlags & { readonly json: boolean }
type Act = (service: Service, flags: Flags, file: string | undefined, shell: Shell) => Promise<ExitCode>

const acts: Readonly<Record<string, Act>> = { import: importFile, export: exportAll, count }

/** `tocsin subscriptions` */
export const subscriptions: Command = {
  about: 'move push subscriptions in or out, and count them',
  help: `Moves push subscriptions in and out as JSON lines, and counts them. Import and export need an admin's key in TOCSIN_KEY.

Usage: npx tocsin subscriptions import <file|-> [--chunk 500] [--from-line 1]
       npx tocsin subscriptions export > subscriptions.ndjson
       npx tocsin subscriptions count

  --chunk      lines sent at a time, at most ${chunkLinesMax}
  --from-line  go on from this line of the file
  --json       the counts as JSON, on one line
  --url        the service (or TOCSIN_URL)

A line is what a browser gave, and what its reader wants:
  {"subscription":{"endpoint":"https://…","keys":{"p256dh":"…","auth":"…"}},"interest":{"languages":["fa"],"level":"urgent"}}
besides, where known: "discreet", "audience", "createdAt", and "vapidPublicKey": the key that the browser subscribed with.
That key pair must be given to the service first (VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY, or in vapid.json), or it could
not push. Absent: the service's present key.

An import is harmless to repeat: what is there already stays as it is. Refused lines are named by their number.
An export contains secrets: who has it, and the VAPID key, can write to every reader. Keep it as you keep the key.

Exit codes: 0 done, 1 lines were refused or something failed, 2 wrong usage

Examples:
  npx tocsin subscriptions import readers.ndjson
  npx tocsin subscriptions export --url https://old.example | TOCSIN_KEY=… npx tocsin subscriptions import -`,
  async run(args, shell): Promise<ExitCode> {
    const wanted = { chunk: 'text', 'from-line': 'text', json: 'yes', url: 'text' } as const
    const { flags, rest } = readFlags(args, wanted, 2)
    const [word = '', file] = rest
    const act = Object.hasOwn(acts, word) ? acts[word] : undefined
    if (act === undefined) {
      const guess = nearest(word, Object.keys(acts))
      throw new UsageError(
        `Say import, export or count${word ? `, not “${word}”` : ''}.${guess ? ` Did you mean “${guess}”?` : ''}`,
      )
    }
    if (word !== 'import' && file !== undefined) throw new UsageError(`“${file}” is one word too many.`)
    return act(keyedServiceOf(flags.url, shell), flags, file, shell)
  },
}

/** An export that says nothing for so long has broken off. */
const silenceMsMax = 60_000

async function exportAll(service: Service, _: Flags, __: string | undefined, shell: Shell): Promise<ExitCode> {
  const silence = inactivityTimeout(silenceMsMax)
  try {
    const response = await fetch(new URL('v1/desk/subscriptions', service.url), {
      redirect: 'error',
      headers: { authorization: `Bearer ${service.key}`, accept: 'application/x-ndjson, application/problem+json' },
      signal: AbortSignal.any([shell.stop, silence.signal]),
    })
    if (!response.ok) throw await refusalOf(response, service)
    if (response.body === null) throw new CommandError('The answer has no body. See: npx tocsin doctor')
    const { told, unreadable } = await printAll(response.body, silence, shell)
    shell.warn(
      `${paint(shell, 'green', 'Exported')}  ${counted(told, 'subscription')}. The lines contain secrets; keep them as you keep the keys.`,
    )
    if (unreadable === 0) return 0
    shell.warn(
      `${paint(shell, 'red', 'Not exported')}  ${counted(unreadable, 'subscription')} in damaged rows, which cannot be read. Those readers subscribe anew when they come by.`,
    )
    return 1
  } finally {
    silence.end()
  }
}

/** What is aborted when nothing was heard for too long; while it is ended, nobody listens. */
export type InactivityTimeout = { readonly signal: AbortSignal; readonly begin: () => void; readonly end: () => void }

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

/** Says the lines as they come. A taker who is slow may be: only the service's own silence counts. */
export async function printAll(
  body: AsyncIterable<Uint8Array>,
  silence: Pick<InactivityTimeout, 'begin' | 'end'>,
  shell: Pick<Shell, 'say' | 'said' | 'stop'>,
): Promise<{ told: number; unreadable: number }> {
  let told = 0
  let unreadable = 0
  try {
    for await (const line of linesOf(body)) {
      if (typeof line !== 'string') throw new CommandError(line.detail)
      silence.begin()
      // The service says last how many rows it could not read: that is for who exports, and no line of the export.
      const lost = /^\{"unreadable":(\d+)\}$/.exec(line)?.[1]
      if (lost !== undefined) {
        unreadable = Number(lost)
        continue
      }
      shell.say(line)
      silence.end()
      await shell.said()
      silence.begin()
      told += 1
    }
    return { told, unreadable }
  } catch (error) {
    if (shell.stop.aborted) throw error
    throw new CommandError(`The export broke off after line ${told}: it is not the whole. Run it again.`)
  }
}

type Counts = {
  readonly total: number
  readonly test: number
  readonly languages: Readonly<Record<string, number>>
  readonly levels: Readonly<Record<string, number>>
  readonly topics: Readonly<Record<string, number>>
  /** Absent from a service of before. */
  readonly dropped?: number
}

async function count(service: Service, { json }: Flags, _: string | undefined, shell: Shell): Promise<ExitCode> {
  const { body } = await ask(service, { path: 'v1/desk/subscriptions/count', signal: shell.stop })
  if (json) {
    shell.say(JSON.stringify(body))
    return 0
  }
  const { total, test, dropped = 0, ...tables } = body as Counts
  shell.say(`${paint(shell, 'bold', counted(total, 'subscription'))}${test > 0 ? `, and ${test} to test alerts` : ''}`)
  for (const [name, table] of Object.entries(tables)) {
    shell.say(paint(shell, 'dim', name))
    const rows = Object.entries(table).sort(([, a], [, b]) => b - a)
    for (const [word, readers] of rows) shell.say(`  ${(word === '*' ? 'all' : word).padEnd(20)}${readers}`)
  }
  if (dropped > 0)
    shell.say(
      `${counted(dropped, 'subscription')} of these name a language or a topic that the newsroom has no more. They stay as they are, and are told only what else they wish for.`,
    )
  return 0
}
