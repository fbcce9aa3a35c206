import './common-parts.ts'
import type { Entry, Listening, listen as listenTo, State } from '../../client/listen.ts'
import type { Rendered } from '../../domain/alert-types.ts'
import { epochOf } from '../../protocol/cursor.ts'
import { deviceStorage } from '../shared/device/device-storage.ts'
import { byId, make, setChildren } from '../shared/dom.ts'
import { type ReaderConfig, setWords } from '../shared/page-config.ts'
import { heartbeatInSight, withMirrors } from './away/heartbeat-in-sight.ts'
import { whileStreamIsAway } from './away/stream-away.ts'
import type { Choice, ChoiceForm } from './choice.ts'
import { AlertList, cardsMax } from './list/alert-list.ts'
import type { Refilling } from './list/refilling.ts'
import { loadPart, partTries } from './load-part.ts'
import { tellWorkerOfSight } from './page-in-sight.ts'
import type { PageNames } from './page-names.ts'
import { verifiedInTurn } from './verifying/in-turn.ts'
import { showMissed } from './verifying/missed-notice.ts'
import type { NewsCheck } from './verifying/news-check.ts'

/** So many of the newest that the stream has sent are put over an answer that is older. */
const receivedMax = 500

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
  readonly listen: typeof listenTo
}

/** Updates the list from the stream, by its reader's choice. Loaded once the page stands. */
export function keepListLive({ config, names, form, listen }: Deps): LiveList {
  tellWorkerOfSight()
  const list = new AlertList(config, names)
  const received: Entry[] = []
  const tellMissed = (isMissed: boolean) => showMissed(config, isMissed)
  // With the first news, and until it is there: nothing is shown without it.
  // One attempt after the other, however many wait for it.
  const missing = new Set<() => void>()
  let part: Promise<typeof import('./verifying/page-news-check.ts')> | undefined
  const loadCheck = async (onMissing = () => {}): Promise<NewsCheck> => {
    missing.add(onMissing)
    const load = () => import('./verifying/page-news-check.ts')
    const tell = () => {
      for (const it of missing) it()
    }
    part ??= loadPart(load, Number.POSITIVE_INFINITY, tell)
    const { newsCheck, toldVersions } = await part
    // A push may have told of a correction that the list has not got.
    for (const { id, version } of await toldVersions(epochOf(config.cursor))) list.know(id, version)
    return newsCheck
  }
  let made: Refilling | undefined
  const loadRefilling = async () => {
    const load = () => import('./list/refilling.ts')
    const { refilling } = await loadPart(load, partTries, () => tellMissed(true))
    made ??= refilling({ config, form, list, received, tellMissed, loadCheck, cursor: () => listening.cursor })
    return made
  }
  const withRefilling = (act: (part: Refilling) => unknown) => void loadRefilling().then(act).catch(console.warn)
  const fill = (choice: Choice) => withRefilling((part) => part.fill(choice))
  const fillByForm = () => fill(form.choice())
  function put(alert: Rendered, kind: Entry['kind']): void {
    if (list.put(alert) === 'known') return
    // As the service wrote it, the page says itself which part of the alerts it shows.
    if (list.isFull) withRefilling((part) => part.showPart(cardsMax))
    announce(config, alert, kind)
  }
  const show = verifiedInTurn<Entry>(
    loadCheck,
    (entry) => {
      received.push(entry)
      if (received.length > receivedMax) received.shift()
      put(entry.alert, entry.kind)
    },
    tellMissed,
  )
  const toldOf = whileStreamIsAway(() => ({
    ...{ config, received, put, refill: fillByForm, choice: () => form.choice() },
    cursor: () => listening.cursor ?? config.cursor,
    read: async () => (await loadRefilling()).read(form.choice()),
  }))
  const listening: Listening = listen({
    url: location.origin,
    ...form.choice(),
    after: config.cursor,
    storage: deviceStorage,
    heartbeatSeconds: heartbeatInSight(),
    onEntry: show,
    onState: (state, detail) => {
      showState(config, state)
      toldOf(state, detail)
    },
    // What was published after the list was read and before the stream went by the new choice is in neither.
    onInterest: fillByForm,
    onReset: fillByForm,
  })
  if (withMirrors())
    void loadPart(() => import('./away/with-mirrors.ts'), partTries).then(
      ({ prepare }) => prepare(listening, heartbeatInSight),
      console.warn,
    )
  // The first visit has no key yet, nor what verifies.
  if (navigator.serviceWorker?.controller)
    void loadPart(
      () => import('./verifying/until-verified.ts'),
      partTries,
      () => tellMissed(true),
    ).then(({ verifyList }) => verifyList({ config, list, loadCheck, tellMissed }), console.warn)
  return {
    change(choice) {
      listening.change(choice)
      fill(choice)
    },
    refill: fillByForm,
  }
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
