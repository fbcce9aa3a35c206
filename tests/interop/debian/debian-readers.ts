import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import { type Installed, pathOf, python } from '../installed.ts'

/** A program of Debian's that reads a live stream, once: it does not come back by itself. */
export type Reader = {
  /** What it was shown: `alert: Five dead`. */
  readonly told: readonly string[]
  readonly seqs: readonly number[]
  readonly cursor: () => string
  readonly end: () => void
  /** Settles when the program has ended, as its stream did. */
  readonly ended: Promise<unknown>
}
/** What a reader program is called with: where, and after which cursor. */
type Listen = (url: string, cursor: string) => readonly [file: string, ...args: string[]]

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))
export const feedScript = script('read_feeds.py')
export const askScript = script('ask_websocket.py')
export const atomSchema = script('atom.rng')

const eventsPath = '/v1/events?languages=en'

export const readers: readonly { readonly name: string; readonly needs: Installed; readonly listen: Listen }[] = [
  {
    name: 'curl -N, back with Last-Event-ID',
    needs: 'curl',
    listen: (url, cursor) => [
      pathOf('curl'),
      ...['-sN', '--http2', ...(cursor === '' ? [] : ['-H', `Last-Event-ID: ${cursor}`]), `${url}${eventsPath}`],
    ],
  },
  {
    name: "curl -N, back with a polyfill's ?lastEventId=",
    needs: 'curl',
    listen: (url, cursor) => [
      pathOf('curl'),
      '-sN',
      `${url}${eventsPath}${cursor === '' ? '' : `&lastEventId=${cursor}`}`,
    ],
  },
  {
    name: 'python3-websockets, back with ?after=',
    needs: 'websockets',
    listen: (url, cursor) => [
      python,
      script('listen_websocket.py'),
      `${url.replace('http', 'ws')}/v1/socket?languages=en${cursor === '' ? '' : `&after=${cursor}`}`,
    ],
  },
]

/** Starts a reader and waits until it is greeted. */
export async function startReader(listen: Listen, url: string, cursor = ''): Promise<Reader> {
  const [file, ...args] = listen(url, cursor)
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let error = ''
  child.stderr.on('data', (chunk) => {
    error += chunk
  })
  const told: string[] = []
  const seqs: number[] = []
  let last = cursor
  let isGreeted = false
  createInterface({ input: child.stdout }).on('line', (line) => {
    isGreeted ||= line.startsWith('retry:') || line.includes('"welcome"')
    const text = line.startsWith('data:') ? line.slice(5) : line
    if (!text.trim().startsWith('{')) return
    const frame = JSON.parse(text)
    last = frame.cursor ?? last
    if (frame.type === 'reset') told.push(`reset: ${frame.reason}`)
    if (frame.alert === undefined) return
    told.push(`${frame.kind}: ${frame.alert.headline}`)
    seqs.push(frame.seq)
  })
  await vi.waitFor(
    () => {
      if (!isGreeted) throw new Error(`not greeted: ${error}`)
    },
    { timeout: 20_000, interval: 20 },
  )
  return { told, seqs, cursor: () => last, end: () => void child.kill('SIGKILL'), ended: once(child, 'close') }
}
