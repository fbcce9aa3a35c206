import { readFile } from 'node:fs/promises'
import { type Entry, listen } from '../../client/listen.ts'
import type { Kind } from '../../domain/alert-types.ts'
import type { Cli, Program } from '../command-line.ts'
import { type Service, sendIdempotent } from '../service-client.ts'
import { CommandError, type ExitCode, paint, type Shell, untrustedText } from '../shell.ts'
import { scratchService } from './demo-service.ts'
import { articleParts, storyOf } from './demo-story.ts'

const arriveMsMax = 20_000
const readers = [
  { language: 'en', transport: 'socket', wire: 'WebSocket' },
  { language: 'fa', transport: 'events', wire: 'event stream' },
] as const

/** `tocsin demo` */
export function demoCommand(program: Program, { shell, done }: Cli): void {
  program
    .command('demo')
    .summary('see one alert travel, on this machine alone')
    .description(
      'Starts a service of its own on a scratch folder, with two readers: one in English on a WebSocket, one in Persian on an event stream. Publishes an alert from a real article, corrects it and retracts it, and shows each arrive with its time since it was posted. Leaves nothing behind.',
    )
    .addHelpText('after', '\nExit codes: 0 everything arrived, 1 something did not')
    .action(async () => done(await demo(shell)))
}

async function demo(shell: Shell): Promise<ExitCode> {
  const article = articleParts(await readFile(new URL('demo-article.txt', import.meta.url), 'utf8'))
  shell.print(paint(shell, 'dim', 'Starting a service on a scratch folder …'))
  await using service = await scratchService(shell)
  shell.print(`${paint(shell, 'green', 'Ready')}  ${service.url}`)
  using demoReaders = new DemoReaders(service.url, shell.stop)
  await demoReaders.live()
  for (const { language, wire } of readers)
    shell.print(`${paint(shell, 'green', 'Listening')}  ${language} on the ${wire}`)
  await publishStory(storyOf(article), { url: new URL(service.url), key: service.key }, demoReaders, shell)
  shell.print(`\n${paint(shell, 'green', 'Everything arrived.')}`)
  return 0
}

type Arrival = { readonly entry: Entry; readonly at: number }

/** The demo's readers, and the entries that each of them has received. */
class DemoReaders {
  readonly #received = readers.map((): Arrival[] => [])
  readonly #live = readers.map(() => false)
  readonly #listenings
  readonly #stop: AbortSignal
  #wake = () => {}

  constructor(url: string, stop: AbortSignal) {
    this.#stop = stop
    this.#listenings = readers.map(({ language, transport }, index) =>
      listen({
        url,
        languages: [language],
        transport,
        onEntry: (entry) => {
          this.#received[index]?.push({ entry, at: performance.now() })
          this.#wake()
        },
        onState: (state) => {
          this.#live[index] ||= state === 'live'
          this.#wake()
        },
      }),
    )
  }

  async live(): Promise<void> {
    await this.#until(() => this.#live.every(Boolean), performance.now() + arriveMsMax)
    const notLive = readers.filter((_, index) => !this.#live[index])
    if (notLive.length > 0)
      throw new CommandError(`Not live after ${arriveMsMax / 1_000} s: ${notLive.map(nameOf).join(', ')}.`)
  }

  /** When each reader received a change; undefined for one who did not in time. */
  async arrivals(kind: Kind, postedAt: number): Promise<(Arrival | undefined)[]> {
    const found = () => this.#received.map((entries) => entries.find(({ entry }) => entry.kind === kind))
    await this.#until(() => found().every(Boolean), postedAt + arriveMsMax)
    return found()
  }

  [Symbol.dispose](): void {
    for (const listening of this.#listenings) listening.close()
  }

  #until(isSo: () => boolean, deadline: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => end(), Math.max(0, deadline - performance.now()))
      const end = () => {
        clearTimeout(timer)
        this.#stop.removeEventListener('abort', end)
        resolve()
      }
      this.#stop.addEventListener('abort', end, { once: true })
      this.#wake = () => {
        if (isSo()) end()
      }
      this.#wake()
    })
  }
}

type Story = ReturnType<typeof storyOf>

async function publishStory(story: Story, service: Service, demoReaders: DemoReaders, shell: Shell): Promise<void> {
  let id = ''
  for (const kind of ['alert', 'correction', 'retraction'] as const) {
    const path = kind === 'alert' ? 'v1/alerts' : `v1/alerts/${id}/${kind}`
    const postedAt = performance.now()
    await sendIdempotent(
      service,
      { method: 'POST', path, body: story[kind], signal: shell.stop },
      {
        idempotencyKey: crypto.randomUUID(),
        onRetry: (why) => shell.warn(why),
        lost: `Whether the ${kind} was published is not known.`,
      },
    )
    const storedMs = performance.now() - postedAt
    shell.print(
      `\n${paint(shell, 'bold', titles[kind])}${paint(shell, 'dim', `  stored and answered after ${storedMs.toFixed(1)} ms`)}`,
    )
    const arrivals = await demoReaders.arrivals(kind, postedAt)
    arrivals.forEach((arrival, index) => {
      const reader = readers[index]
      if (arrival && reader) for (const line of describe(arrival, postedAt, reader, shell)) shell.print(line)
    })
    if (shell.stop.aborted) throw new CommandError('Stopped.')
    const missing = readers.filter((_, index) => arrivals[index] === undefined)
    if (missing.length > 0)
      throw new CommandError(
        `The ${kind} did not arrive in ${arriveMsMax / 1_000} s: ${missing.map(nameOf).join(', ')}.`,
      )
    id = arrivals[0]?.entry.alert.id ?? ''
  }
}

const titles = { alert: 'The alert', correction: 'The correction', retraction: 'The retraction' } as const

type Reader = (typeof readers)[number]

function nameOf({ language, wire }: Reader): string {
  return `the ${language} reader on the ${wire}`
}

function describe({ entry, at }: Arrival, postedAt: number, { language, wire }: Reader, shell: Shell): string[] {
  const { headline, summary, note } = entry.alert
  const ms = `${(at - postedAt).toFixed(1)} ms`
  const margin = ' '.repeat(4)
  return [
    `  ${paint(shell, 'yellow', language)}${paint(shell, 'dim', `  ${wire}, ${entry.alert.status}, `)}${paint(shell, 'green', ms)}`,
    `${margin}${paint(shell, 'bold', untrustedText(shell, headline))}`,
    `${margin}${untrustedText(shell, note ?? summary)}`,
  ]
}
