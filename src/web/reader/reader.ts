import { type Entry, type Listening, listen, type State } from '../../client/listen.ts'
import type { Rendered } from '../../domain/alert-types.ts'
import { byId, make, setChildren } from '../shared/dom.ts'
import { insertPart, pageConfig, type ReaderConfig, setWords } from '../shared/page-config.ts'
import { type CurrentAlerts, Refill } from '../shared/refill.ts'
import { withTimeout } from '../shared/timeout.ts'
import { keepTimesFresh, showLocalTimes } from '../shared/times.ts'
import { AlertList } from './alert-list.ts'
import { type Choice, ChoiceForm, queryOf } from './choice.ts'
import { PushPanel } from './push-panel.ts'

const answerMsMax = 10_000
const config = pageConfig<ReaderConfig>()
// The permanent page of one alert has no list to update, and shows its times in full.
if (config.cursor === undefined) showLocalTimes(document, config, 'full')
else {
  showLocalTimes(document, config)
  keepTimesFresh(config)
  keepUp()
}

/** Updates the page from the stream, by its reader's choice. */
function keepUp(): void {
  insertPart('push-parts', config.parts.push)
  setWords(byId('choice-stays', HTMLElement), config, 'choiceStays')
  const list = new AlertList(config)
  const refill = new Refill({
    read: readStanding,
    cursor: () => listening.cursor,
    show: (alerts) => {
      list.replace(alerts)
      showMissed(false)
    },
    fail: () => showMissed(true),
  })
  const form = new ChoiceForm(config.language, (choice) => {
    listening.change(choice)
    void refill.begin(choice)
    void push.follow()
  })
  const recalled = form.recall()
  const push = new PushPanel(config, () => form.choice())
  const listening = follow(list, refill, form)
  if (recalled) void refill.begin(form.choice())
  push.start().catch((error: unknown) => console.warn('notifications cannot be set up:', error))
}

function follow(list: AlertList, refill: Refill, form: ChoiceForm): Listening {
  return listen({
    url: location.origin,
    ...form.choice(),
    after: config.cursor,
    onEntry: (entry) => {
      refill.receive(entry)
      if (list.put(entry.alert) !== 'known') announce(entry.alert, entry.kind)
    },
    onState: showState,
    // What was published after the list was read and before the stream went by the new choice is in neither.
    onInterest: () => void refill.begin(form.choice()),
    onReset: () => void refill.begin(form.choice()),
  })
}

function readStanding(choice: Choice): Promise<CurrentAlerts> {
  return withTimeout(answerMsMax, async (signal) => {
    const answer = await fetch(`/v1/alerts?${queryOf(choice)}`, { credentials: 'omit', cache: 'no-store', signal })
    if (!answer.ok) throw new Error(`the alerts were answered ${answer.status}`)
    return answer.json()
  })
}

function showMissed(isMissed: boolean): void {
  const missed = byId('missed', HTMLElement)
  missed.hidden = !isMissed
  setChildren(missed)
  if (!isMissed) return
  const again = make('a', { href: '' })
  setWords(again, config, 'missed')
  setChildren(missed, again)
}

/** Announces to screen readers: a flash at once (assertive), all else when they are idle (polite). */
function announce({ level, status, headline, note, language, dir }: Rendered, kind: Entry['kind']): void {
  const region = byId(level === 'flash' ? 'announce-flash' : 'announce', HTMLElement)
  const word = document.createElement('span')
  const text = document.createElement('span')
  setWords(word, config, kind === 'alert' || status === 'live' ? level : status)
  text.lang = language
  text.dir = dir
  text.textContent = note === undefined ? headline : `${headline}. ${note}`
  setChildren(region, word, ' ', text)
}

function showState(state: State): void {
  const line = byId('connection', HTMLElement)
  const word = state === 'live' ? 'live' : state === 'waiting' || state === 'stopped' ? 'waiting' : 'connecting'
  line.dataset.state = word
  line.hidden = false
  setWords(line, config, word)
}
