import '../common-parts.ts'
import type { Entry } from '../../../client/listen.ts'
import type { Rendered } from '../../../domain/alert-types.ts'
import { epochOf, seqOf } from '../../../protocol/cursor.ts'
import { byId, make } from '../../shared/dom.ts'
import type { AskedOfMirrors, ToldOfMirrors } from '../../shared/mirrors/mirror-news.ts'
import type { ReaderConfig } from '../../shared/page-config.ts'
import { type CurrentAlerts, fits } from '../../shared/refill.ts'
import { withTimeout } from '../../shared/timeout.ts'
import { showLocalTimes, type TimesConfig } from '../../shared/times.ts'
import type { Choice } from '../choice.ts'
import { showMissed } from '../verifying/missed-notice.ts'
import { askAnyMirror } from './ask-any-mirror.ts'
import { AwayRounds } from './away-rounds.ts'
import { keepMirrorNews, keptMirrorNews } from './kept-mirror-news.ts'
import { isGap, newEntries } from './mirror-entries.ts'

type Deps = {
  readonly config: Pick<ReaderConfig, 'words' | 'cursor'> & TimesConfig
  /** The alert that the page is of, if it is of one alone: nothing else is shown. */
  readonly alert?: string
  /** What the stream has brought of late and the newsroom has signed, oldest first. */
  readonly received: readonly Pick<Entry, 'cursor'>[]
  /** The position of the stream, or where the page was written. */
  readonly cursor: () => string
  /** The current alerts, from the service. */
  readonly read: () => Promise<CurrentAlerts>
  /** What the reader has chosen. */
  readonly choice: () => Choice
  /** Shows an alert, and announces it. On an alert's own page it says whether it did. */
  readonly put: (alert: Rendered, kind: Entry['kind']) => unknown
  /** Reads the list anew from the service. */
  readonly refill: () => void
}

/**
 * Keeps the list up to date while the stream is away: from the service, where a network lets requests pass and no stream, else from a
 * mirror. Again and again, until what it returns is called: then the service's own list is read. `isSilent`: nothing came over the
 * stream any more.
 */
export function readWhileAway(
  { config, alert: only, received, cursor, read, choice, put, refill }: Deps,
  isSilent: boolean,
): () => void {
  let isAway = true
  let hasMirrored = false
  /** How far the log of the mirrors was when something of it was shown. */
  let shownHead = ''
  // The stream's own position follows what nobody has signed, such as heartbeats: a false one would hide what a mirror has.
  const verified = () => received[received.length - 1]?.cursor ?? config.cursor
  const rounds = new AwayRounds({
    ...{ isAnswering, fromService, fromMirrors, isInSight: () => !document.hidden },
    now: Date.now,
    random: Math.random,
    later(ms, act) {
      const timer = setTimeout(act, ms)
      return () => clearTimeout(timer)
    },
  })
  const seen = () => {
    if (!document.hidden) rounds.soon()
  }
  async function fromService(): Promise<void> {
    const { head, entries } = await read()
    if (!isAway) return
    const since = epochOf(head) === epochOf(cursor()) ? seqOf(cursor()) : 0
    for (const { alert } of entries.filter(({ seq }) => seq > since).sort((a, b) => a.seq - b.seq)) put(alert, 'update')
  }
  async function fromMirrors(): Promise<void> {
    const [language = config.language] = choice().languages
    const kept = only ? await keptMirrorNews(language, only) : null
    if (kept !== null) await show(kept)
    const showing: Promise<void>[] = []
    await askAnyMirror({ mirrorsFor: only ? language : config.language, seen: seenOf(verified()) }, (told) => {
      void keepMirrorNews(told)
      showing.push(show(told))
    })
    await Promise.all(showing)
  }
  async function show(told: NonNullable<ToldOfMirrors>): Promise<void> {
    if (!isAway) return
    hasMirrored = true
    const isWanted = (alert: Rendered) => (only ? alert.id === only : fits(choice(), alert))
    if (!only && (isGap(told, cursor()) || choice().languages.length > 1)) showMissed(config, true)
    const entries = newEntries(told, { cursor: verified(), isShown, isWanted })
    const shown = await Promise.all(entries.map(({ alert, kind }) => put(alert, kind)))
    const head = `${told.statement.epoch}.${told.statement.head}`
    if (entries.length > 0 && head !== shownHead) rounds.soon()
    if (entries.length > 0) shownHead = head
    // What is shown of an alert is from a mirror only where that had something newer.
    if (isAway && (!only || shown.includes(true))) showSource(config, told)
  }
  document.addEventListener('visibilitychange', seen)
  // A page that was kept stands here because the service had not answered.
  void rounds.begin(isSilent, document.getElementById('kept') !== null)
  return () => {
    isAway = false
    rounds.end()
    document.removeEventListener('visibilitychange', seen)
    if (!hasMirrored) return
    document.getElementById('mirrored')?.remove()
    refill()
  }
}

/** Whether the service answers, and not something in its place that only says that it is away. */
function isAnswering(msMax: number): Promise<boolean> {
  return withTimeout(msMax, (signal) =>
    fetch('/v1/head', { credentials: 'omit', cache: 'no-store', signal }).then(({ ok }) => ok),
  ).catch(() => false)
}

function isShown(id: string): boolean {
  return document.querySelector(`#alerts article[data-id="${CSS.escape(id)}"]`) !== null
}

/** How far the page is. Its newest time is that of its newest change. */
function seenOf(cursor: string): AskedOfMirrors['seen'] {
  const times = [...document.querySelectorAll<HTMLTimeElement>('#alerts time')].map(({ dateTime }) => dateTime)
  const at = times.sort()[times.length - 1] ?? new Date(0).toISOString()
  return { epoch: epochOf(cursor), head: seqOf(cursor), at }
}

/** Says above the list from which mirror it is, and how old that is: by what the newsroom has signed, whatever the device's clock says. */
function showSource(config: TimesConfig, { host, statement, words }: NonNullable<ToldOfMirrors>): void {
  document.getElementById('mirrored')?.remove()
  const line = make('p', { id: 'mirrored', class: 'notice', role: 'status' })
  for (const part of words.split(/(\{host\}|\{time\})/))
    line.append(
      part === '{host}' ? make('bdi', {}, host) : part === '{time}' ? make('time', { datetime: statement.at }) : part,
    )
  showLocalTimes(line, config)
  byId('missed', HTMLElement).before(line)
}
