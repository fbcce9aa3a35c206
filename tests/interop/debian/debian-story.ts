import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { vi } from 'vitest'
import { publish, revise } from '../../support/processes/service.ts'
import type { Start, Started } from '../harness.ts'
import { isInstalled, pathOf, python } from '../installed.ts'
import { feedScript, type Reader, readers, startReader } from './debian-readers.ts'

const run = promisify(execFile)
export const awkward = `Fish & <chips> 'n' "peas" ]]> 👩‍👩‍👧`
const first = {
  topics: ['iran'],
  texts: {
    en: { headline: 'Five dead', summary: 'In the first report.', url: 'https://news.example/5' },
    fa: { headline: 'پنج کشته', summary: 'گزارش نخست' },
  },
}
const bilingual = (headline: string) => ({ texts: { en: { headline }, fa: { headline: 'خبر تازه' } } })

type Item = Readonly<Record<'id' | 'title' | 'link' | 'published' | 'updated' | 'language' | 'content', string>> & {
  readonly terms?: readonly string[]
}
type Atom = Readonly<Record<'id' | 'version' | 'language' | 'updated', string>> & {
  readonly status: number
  readonly again: number
  readonly bozo: boolean
  readonly self: readonly string[]
  readonly entries: readonly Item[]
}
type Feeds = { readonly atom: Atom; readonly json: Pick<Atom, 'version' | 'language' | 'entries'> }
/** What the programs that only look saw at one moment. */
export type Seen = {
  readonly feeds: { readonly en: Feeds; readonly fa: Feeds } | null
  readonly page: string
  readonly persian: string
  readonly alert: string
}
/** What one reader was told in both lives of the service. */
type Heard = { readonly told: readonly string[]; readonly seqs: readonly number[] }
export type Moment = 'empty' | 'alert' | 'correction' | 'return'
export type Story = {
  readonly url: string
  readonly alertId: string
  /** The seqs of all that was posted, in order. */
  readonly seqs: readonly number[]
  readonly heard: ReadonlyMap<string, Heard>
  readonly seen: ReadonlyMap<Moment, Seen>
  readonly end: () => Promise<void>
}

/** What all readers are told in the story. */
export const lines = [
  'alert: Five dead',
  'correction: Four dead',
  `alert: ${awkward}`,
  'retraction: Four dead',
  'alert: After',
]

/** Tells a story to all of Debian's programs that are here, with a kill in its middle. */
export async function tellStory(start: Start): Promise<Story> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
  const present = readers.filter(({ needs }) => isInstalled(needs))
  const seen = new Map<Moment, Seen>()
  const seqs: number[] = []
  const post = async (posting: ReturnType<typeof publish>) => {
    const { seq, alert } = await posting
    seqs.push(seq)
    return alert.id
  }
  const before = await start(folder)
  seen.set('empty', await look(before.url))
  const early = await Promise.all(present.map(({ listen }) => startReader(listen, before.url)))
  const alertId = await post(publish(before.url, first))
  await allTold(early, 1)
  seen.set('alert', await look(before.url, alertId))
  const corrected = { texts: { en: { headline: 'Four dead' } }, note: { en: 'Four died, not five.' } }
  await post(revise(before.url, alertId, 'correction', corrected))
  await allTold(early, 2)
  seen.set('correction', await look(before.url, alertId))
  await before.kill()
  await Promise.all(early.map(({ ended }) => ended))

  const after = await start(folder)
  await post(publish(after.url, bilingual(awkward)))
  const note = { en: 'Nobody died.', fa: 'کسی کشته نشد.' }
  await post(revise(after.url, alertId, 'retraction', { note }))
  const late = await Promise.all(present.map(({ listen }, at) => startReader(listen, after.url, early[at]?.cursor())))
  await allTold(late, 2)
  await post(publish(after.url, bilingual('After')))
  await allTold(late, 3)
  seen.set('return', await look(after.url, alertId))
  const both = (at: number): Heard => ({
    told: [...(early[at]?.told ?? []), ...(late[at]?.told ?? [])],
    seqs: [...(early[at]?.seqs ?? []), ...(late[at]?.seqs ?? [])],
  })
  const heard = new Map(present.map(({ name }, at) => [name, both(at)]))
  return { url: after.url, alertId, seqs, heard, seen, end: () => ended(after, late, folder) }
}

async function ended(service: Started, open: readonly Reader[], folder: string): Promise<void> {
  for (const it of open) it.end()
  await service.kill()
  rmSync(folder, { recursive: true, force: true })
}

/** Waits until each was told so many lines; who was not by then is named by its own test. */
async function allTold(all: readonly Reader[], lines: number): Promise<void> {
  const look = () => {
    if (all.some(({ told }) => told.length < lines)) throw new Error('not yet')
  }
  await vi.waitFor(look, { timeout: 20_000, interval: 20 }).catch(() => {})
}

async function look(url: string, id?: string): Promise<Seen> {
  const dump = (path: string) => (isInstalled('w3m') ? w3m(url + path) : '')
  const [feeds, page, persian, alert] = await Promise.all([
    isInstalled('feedparser') ? readFeeds(url) : null,
    dump('/en/'),
    dump('/fa/'),
    id === undefined ? '' : dump(`/en/alerts/${id}`),
  ])
  return { feeds, page, persian, alert }
}

async function readFeeds(url: string): Promise<{ readonly en: Feeds; readonly fa: Feeds }> {
  const read = async (language: string): Promise<Feeds> =>
    JSON.parse((await run(python, [feedScript, url, language])).stdout)
  const [en, fa] = await Promise.all([read('en'), read('fa')])
  return { en, fa }
}

async function w3m(url: string): Promise<string> {
  const { stdout } = await run(pathOf('w3m'), ['-dump', '-cols', '200', '-O', 'UTF-8', '-I', 'UTF-8', url])
  return stdout
}
