import '../common-parts.ts'
import type { Kind, Rendered } from '../../../domain/alert-types.ts'
import { epochOf } from '../../../protocol/cursor.ts'
import { putStored, readStored } from '../../shared/browser-storage.ts'
import { byId, setChildren } from '../../shared/dom.ts'
import { fetchWhole } from '../../shared/fetch-whole.ts'
import { keepingFocus } from '../../shared/focus.ts'
import type { ReaderConfig } from '../../shared/page-config.ts'
import { keptMirrorNews } from '../away/kept-mirror-news.ts'
import { queryOf } from '../choice.ts'
import type { AlertList } from '../list/alert-list.ts'
import { entryIn, plain, said } from './entry-in-page.ts'
import { knownVersions } from './known-versions.ts'
import type { NewsCheck } from './news-check.ts'

/** Between the list in the page and the answer this many alerts may have changed. */
const spare = 4
/** The most that one answer has. */
const limitMax = 200
const tries = 3
/** A cache may have the answer from before the page: it keeps it for a second. */
const againMs = 2_000
const keptName = 'verified-cards'
const keptMax = 300

/** Which cards of a log were verified on this device, the newest last. */
type Kept = {
  readonly epoch: string
  readonly cards: readonly KeptCard[]
  /** The digests of those that were not what the newsroom signed. */
  readonly refused: readonly string[]
}
type KeptCard = readonly [id: string, version: number, digest: string]

type Signed = { readonly seq: number; readonly kind: Kind; readonly at: string; readonly alert: Rendered }

type Answer = { readonly head: string; readonly entries: readonly Signed[] }

type Deps = {
  readonly config: Pick<ReaderConfig, 'language' | 'cursor'>
  readonly list: Pick<AlertList, 'know' | 'isOutdated' | 'fill' | 'put'>
  readonly loadCheck: () => Promise<Pick<NewsCheck, 'mayShow' | 'sayUnshown'>>
  /** Says that something may be missing. */
  readonly tellMissed: (isMissed: boolean) => void
}

/**
 * Verifies the list with which the page came, as `GET /v1/alerts` has it signed: what was verified at an earlier visit is not asked
 * for again. A card that says something else is filled anew, one of which nothing genuine is known is taken away, and both is said.
 * Rejects where that could not come to an end; what is left then may be verified by a later call.
 */
export async function checkList({ config, list, loadCheck, tellMissed }: Deps): Promise<void> {
  // Older parts of the list are not what `GET /v1/alerts` has.
  if (new URLSearchParams(location.search).has('before')) return
  const { language, cursor } = config
  const epoch = epochOf(cursor)
  const { cards: kept, refused } = await readKept(epoch)
  const digests = new Set(kept.map(([, , digest]) => digest))
  // What was corrected or retracted since is not news, genuine as it is.
  for (const [id, version] of [...kept, ...(await knownVersions(epoch))]) list.know(id, version)
  const open = new Map<string, HTMLElement>()
  let asked = 0
  let isFalse = clearList()
  for (const [nth, card] of cards().entries()) {
    if (digests.has(await digestOf(card)) && !list.isOutdated(standing(card))) continue
    open.set(String(card.dataset.id), card)
    asked = nth + 1 + spare
  }
  if (open.size === 0 && !isFalse) return
  const check = await loadCheck()
  let isGenuine = false
  const nowRefused: string[] = []
  const refuse = async (card: HTMLElement): Promise<void> => {
    nowRefused.push(await digestOf(card))
  }
  const take = async ({ head, entries }: Answer): Promise<void> => {
    for (const entry of entries.slice().sort((a, b) => b.seq - a.seq)) {
      const { alert } = entry
      const card = open.get(alert.id)
      // A stream, or another choice, may have filled it meanwhile.
      if (card === undefined || alert.version < standing(card).version) continue
      open.delete(alert.id)
      if (!card.isConnected) continue
      const mayShow = await check.mayShow({ ...entry, cursor: `${epochOf(head)}.${entry.seq}` }, isGenuine)
      isGenuine ||= mayShow
      if (!mayShow) await refuse(card)
      else if (list.isOutdated(alert)) tellMissed(true)
      if (!mayShow || list.isOutdated(alert)) remove(card)
      else if (alert.version > standing(card).version) list.put(alert)
      else if (!isAsSigned(card, alert, list)) {
        isFalse = true
        await refuse(card)
        replace(card, list.fill(alert))
      }
    }
  }
  if (open.size > 0)
    try {
      await take(await readSigned(language, Math.min(asked, limitMax)))
    } catch (error) {
      // While the service does not answer, as under a page that was kept.
      await take(await readMirrored(language))
      // A later call finds cleared what was beside the cards.
      if ((await removeKnown()) || isFalse) await check.sayUnshown()
      if (open.size > 0) throw error
    }
  if (open.size > 0) {
    await pause(againMs)
    await take(await readSigned(language, limitMax))
  }
  for (const card of [...open.values()]) await take(await readOwnPage(card, epoch))
  for (const card of open.values()) {
    isFalse = isFalse || card.isConnected
    await refuse(card)
    remove(card)
  }
  if (isFalse) await check.sayUnshown()
  await keep(epoch, kept, [...refused, ...nowRefused])

  /** Removes what was refused before, as in a page that was kept, and what is out of date. Whether something was refused. */
  async function removeKnown(): Promise<boolean> {
    let isRefused = false
    for (const [id, card] of open) {
      const isFormer = list.isOutdated(standing(card))
      const isKnown = refused.includes(await digestOf(card))
      if (isFormer) tellMissed(true)
      isRefused = isRefused || isKnown
      if (!isFormer && !isKnown) continue
      open.delete(id)
      remove(card)
    }
    return isRefused
  }
}

/** Takes away what is no card, and a second card of one alert. Gives whether it did. */
function clearList(): boolean {
  const ids = new Set<string | undefined>()
  let isCleared = false
  for (const item of [...byId('alerts', HTMLElement).children]) {
    const card = item.querySelector('article')
    const isOther = card === null || ids.has(card.dataset.id)
    ids.add(card?.dataset.id)
    if (!isOther && plain(card.textContent) === plain(item.textContent)) continue
    isCleared = true
    if (isOther) item.remove()
    else setChildren(item, card)
  }
  return isCleared
}

function cards(): readonly HTMLElement[] {
  return [...byId('alerts', HTMLElement).querySelectorAll<HTMLElement>('article')]
}

function standing({ dataset }: HTMLElement): Rendered {
  return { id: String(dataset.id), version: Number(dataset.version) } as Rendered
}

/** The choice of the address: the service has written the list by that, whatever this browser remembers. */
async function readSigned(language: string, limit: number): Promise<Answer> {
  const asked = new URLSearchParams(location.search)
  const all = (name: string) => asked.getAll(name).flatMap((it) => it.split(',').filter(Boolean))
  const level = asked.get('level')
  const query = queryOf({
    languages: [...new Set([language, ...all('languages')])],
    topics: all('topics'),
    level: level === 'flash' || level === 'urgent' ? level : 'routine',
  })
  for (let tried = 1; ; tried += 1)
    try {
      const path = `/v1/alerts?${query}&limit=${limit}`
      const { answer, text } = await fetchWhole(path, tried, { credentials: 'omit', cache: 'no-store' })
      if (!answer.ok) throw new Error(`the alerts were answered ${answer.status}`)
      return JSON.parse(text)
    } catch (error) {
      if (tried === tries) throw error
    }
}

/** What a mirror had; nothing where none was asked. */
async function readMirrored(language: string): Promise<Answer> {
  const news = await keptMirrorNews(language)
  const { epoch = '', head = 0 } = news?.statement ?? {}
  return { head: `${epoch}.${head}`, entries: (news?.entries ?? []) as unknown as readonly Signed[] }
}

/** The entry that an alert's own page has, of one that is not among the newest alerts. */
async function readOwnPage(card: HTMLElement, epoch: string): Promise<Answer> {
  const path = card.querySelector<HTMLAnchorElement>('.headline a')?.pathname ?? ''
  const { answer, text } = await fetchWhole(path, 1, { credentials: 'omit', cache: 'no-store' })
  if (!answer.ok && answer.status !== 404) throw new Error(`an alert was answered ${answer.status}`)
  const { cursor, ...entry } = entryIn(new DOMParser().parseFromString(text, 'text/html'))
  return { head: cursor === '' ? `${epoch}.0` : cursor, entries: [entry] }
}

/** Whether a card says what the newsroom has signed, and nothing else. */
function isAsSigned(card: HTMLElement, alert: Rendered, list: Pick<AlertList, 'fill'>): boolean {
  const filled = list.fill(alert).querySelector('article')
  return filled === null || said(filled) === said(card)
}

function replace(card: HTMLElement, item: HTMLElement): void {
  keepingFocus(byId('alerts', HTMLElement), byId('latest', HTMLElement), () => card.closest('li')?.replaceWith(item))
}

function remove(card: HTMLElement): void {
  keepingFocus(byId('alerts', HTMLElement), byId('latest', HTMLElement), () => card.closest('li')?.remove())
}

async function digestOf(card: HTMLElement): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(said(card)))
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
}

async function readKept(epoch: string): Promise<Omit<Kept, 'epoch'>> {
  const kept = Object(await readStored(keptName).catch(() => null)) as Partial<Kept>
  const of = <It>(list: readonly It[] | undefined) => (kept.epoch === epoch && Array.isArray(list) ? list : [])
  return { cards: of(kept.cards), refused: of(kept.refused) }
}

async function keep(epoch: string, kept: readonly KeptCard[], refused: readonly string[]): Promise<void> {
  const shown: KeptCard[] = []
  for (const card of cards()) {
    const { id, version } = standing(card)
    shown.push([id, version, await digestOf(card)])
  }
  const digests = new Set(shown.map(([, , digest]) => digest))
  const others = kept.filter(([, , digest]) => !digests.has(digest))
  // A key may have been trusted since, that nobody knew before.
  const stillRefused = [...new Set(refused)].filter((digest) => !digests.has(digest)).slice(-keptMax)
  const all: Kept = { epoch, cards: [...others, ...shown].slice(-keptMax), refused: stillRefused }
  await putStored(keptName, all).catch(() => {})
}

function pause(ms: number): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
