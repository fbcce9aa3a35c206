import './common-parts.ts'
import type { Entry, Listening, listen, State } from '../../client/listen.ts'
import type { Rendered } from '../../domain/alert-types.ts'
import { seqOf } from '../../protocol/cursor.ts'
import { byId, make, setChildren } from '../shared/dom.ts'
import { type ReaderConfig, setWords } from '../shared/page-config.ts'
import { type CurrentAlerts, Refill } from '../shared/refill.ts'
import { withTimeout } from '../shared/timeout.ts'
import { AlertList } from './alert-list.ts'
import { type Choice, type ChoiceForm, queryOf } from './choice.ts'
import { tellWorkerOfSight } from './page-in-sight.ts'
import type { PageNames } from './page-names.ts'

const answerMsMax = 10_000
/** How long the stream may be away until the alerts are asked for without it, and how long after each answer at least. */
const awayMs = 15_000
const againMsMin = 30_000

/** What the rest of the page does with the live list. */
export type LiveList = {
  /** The reader has chosen anew. */
  readonly change: (choice: Choice) => void
  /** Reads the list anew, as for a choice that was remembered. */
  readonly refill: () => void
}

type Deps = {
  readonly config: ReaderConfig
  readonly names: PageNames
  readonly form: ChoiceForm
  /** The stream client. */
  readonly listen: typeof listen
}

/** Updates the list from the stream, by its reader's choice. Loaded once the page stands. */
export function keepListLive({ config, names, form, listen: follow }: Deps): LiveList {
  tellWorkerOfSight()
  const list = new AlertList(config, names)
  const refill = new Refill({
    read: readStanding,
    cursor: () => listening.cursor,
    show: (alerts) => {
      list.replace(alerts)
      showMissed(config, false)
    },
    fail: () => showMissed(config, true),
  })
  let wasAway = false
  let timer: ReturnType<typeof setTimeout> | undefined
  /** A network that lets no stream pass may let requests pass: what came meanwhile is put into the list. */
  async function readAway(): Promise<void> {
    const { entries } = await readStanding(form.choice()).catch(() => ({ entries: [] }))
    if (!wasAway) return
    const since = seqOf(listening.cursor ?? config.cursor)
    for (const { alert } of entries.filter(({ seq }) => seq > since).sort((a, b) => a.seq - b.seq))
      if (list.put(alert) !== 'known') announce(config, alert, 'update')
    timer = setTimeout(readAway, againMsMin + Math.random() * againMsMin)
  }
  const listening: Listening = follow({
    url: location.origin,
    ...form.choice(),
    after: config.cursor,
    onEntry: (entry) => {
      refill.receive(entry)
      if (list.put(entry.alert) !== 'known') announce(config, entry.alert, entry.kind)
    },
    onState: (state) => {
      showState(config, state)
      const isAway = state !== 'live'
      if (!isAway) clearTimeout(timer)
      else if (!wasAway) timer = setTimeout(readAway, awayMs)
      wasAway = isAway
    },
    // What was published after the list was read and before the stream went by the new choice is in neither.
    onInterest: () => void refill.begin(form.choice()),
    onReset: () => void refill.begin(form.choice()),
  })
  return {
    change(choice) {
      listening.change(choice)
      void refill.begin(choice)
    },
    refill: () => void refill.begin(form.choice()),
  }
}

function readStanding(choice: Choice): Promise<CurrentAlerts> {
  return withTimeout(answerMsMax, async (signal) => {
    const answer = await fetch(`/v1/alerts?${queryOf(choice)}`, { credentials: 'omit', cache: 'no-store', signal })
    if (!answer.ok) throw new Error(`the alerts were answered ${answer.status}`)
    return answer.json()
  })
}

function showMissed(config: ReaderConfig, isMissed: boolean): void {
  const missed = byId('missed', HTMLElement)
  missed.hidden = !isMissed
  setChildren(missed)
  if (!isMissed) return
  const again = make('a', { href: '' })
  setWords(again, config, 'missed')
  setChildren(missed, again)
}

/** What comes within this time is announced together: of what a reconnect brings nothing is passed over. */
const togetherMs = 1_000
let announcedAt = 0

/** Announces to screen readers: a flash at once (assertive), all else when they are idle (polite). */
function announce(
  config: ReaderConfig,
  { level, status, headline, note, language, dir }: Rendered,
  kind: Entry['kind'],
): void {
  const region = byId(level === 'flash' ? 'announce-flash' : 'announce', HTMLElement)
  const now = Date.now()
  if (now - announcedAt > togetherMs)
    for (const id of ['announce', 'announce-flash']) setChildren(byId(id, HTMLElement))
  announcedAt = now
  const [line, word] = [make('span'), make('span')]
  setWords(word, config, kind === 'alert' || status === 'live' ? level : status)
  setChildren(
    line,
    word,
    ' ',
    make('span', { lang: language, dir }, note === undefined ? headline : `${headline}. ${note}`),
    '. ',
  )
  region.append(line)
}

function showState(config: ReaderConfig, state: State): void {
  const line = byId('connection', HTMLElement)
  const word = state === 'live' ? 'live' : state === 'waiting' || state === 'stopped' ? 'waiting' : 'connecting'
  line.dataset.state = word
  line.hidden = false
  setWords(line, config, word)
  // A page that was kept is up to date again: what its service worker said of that is over.
  if (word === 'live') document.getElementById('kept')?.remove()
}
