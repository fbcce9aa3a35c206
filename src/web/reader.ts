import type { Rendered } from '../alert.ts'
import { type Entry, type Listening, listen, type State } from '../client/listen.ts'
import { AlertList } from './alert-list.ts'
import { type Choice, ChoiceForm, queryOf } from './choice.ts'
import { byId, make, setChildren } from './dom.ts'
import { insertPart, pageConfig, type ReaderConfig, speak } from './page-config.ts'
import { PushPanel } from './push-panel.ts'
import { keepTimesFresh, showLocalTimes } from './times.ts'

const config = pageConfig<ReaderConfig>()
// The permanent page of one alert has no list to keep up, and says its times in full.
if (config.cursor === undefined) showLocalTimes(document, config.language, 'full')
else {
  showLocalTimes(document, config.language)
  keepTimesFresh(config.language)
  keepUp()
}

/** Keeps the page up with the log, as its reader chose. */
function keepUp(): void {
  insertPart('push-parts', config.parts.push)
  speak(byId('choice-stays', HTMLElement), config, 'choiceStays')
  const list = new AlertList(config)
  const form = new ChoiceForm(config.language, (choice) => {
    listening.change(choice)
    void refill(list, choice)
    void push.follow()
  })
  const recalled = form.recall()
  const push = new PushPanel(config, () => form.choice())
  const listening = follow(list, form)
  if (recalled) void refill(list, form.choice())
  push.start().catch((trouble: unknown) => console.warn('notifications cannot be set up:', trouble))
}

function follow(list: AlertList, form: ChoiceForm): Listening {
  return listen({
    url: location.origin,
    ...form.choice(),
    after: config.cursor,
    onEntry: ({ alert, kind }) => {
      if (list.put(alert) !== 'known') announce(alert, kind)
    },
    onState: showState,
    onReset: () => void refill(list, form.choice()),
  })
}

/** Fills the list anew with how things stand: after a changed choice, or when the stream cannot go on where it was. */
async function refill(list: AlertList, choice: Choice): Promise<void> {
  const missed = byId('missed', HTMLElement)
  try {
    const answer = await fetch(`/v1/alerts?${queryOf(choice)}`, { credentials: 'omit' })
    if (!answer.ok) throw new Error(`the alerts were answered ${answer.status}`)
    const { entries } = (await answer.json()) as { entries: readonly { seq: number; alert: Rendered }[] }
    list.replace(newestOfEach(entries))
    missed.hidden = true
    setChildren(missed)
  } catch {
    const again = make('a', { href: '' })
    speak(again, config, 'missed')
    setChildren(missed, again)
    missed.hidden = false
  }
}

function newestOfEach(entries: readonly { readonly seq: number; readonly alert: Rendered }[]): readonly Rendered[] {
  const newestFirst = [...entries].sort((a, b) => b.seq - a.seq).map(({ alert }) => alert)
  return newestFirst.filter(({ id }, at) => newestFirst.findIndex((other) => other.id === id) === at)
}

/** Tells a screen reader: a flash at once, all else when it is quiet. */
function announce({ level, status, headline, note, language, dir }: Rendered, kind: Entry['kind']): void {
  const region = byId(level === 'flash' ? 'announce-flash' : 'announce', HTMLElement)
  const word = document.createElement('span')
  const text = document.createElement('span')
  speak(word, config, kind === 'alert' || status === 'live' ? level : status)
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
  speak(line, config, word)
}
