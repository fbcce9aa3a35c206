import './common-parts.ts'
import { byId } from '../shared/dom.ts'
import { insertPart, pageConfig, type ReaderConfig, setWords } from '../shared/page-config.ts'
import { keepTimesFresh, showLocalTimes } from '../shared/times.ts'
import { ChoiceForm } from './choice.ts'
import { hideIfDiscreet } from './discreet-page.ts'
import { loadLanguageMenu } from './load-language-menu.ts'
import { loadPart, partTries } from './load-part.ts'
import { readPageNames } from './page-names.ts'

// First of all: the tab shows it.
hideIfDiscreet()
const config = pageConfig<ReaderConfig>()
showLocalTimes(document, config)
keepTimesFresh(config)
loadLanguageMenu()
keepUp()

/**
 * Makes the page a live one. What that needs comes in files of its own: each is small enough for a network that lets only some
 * kilobytes of a connection pass, and one that is missing takes nothing from the others.
 */
function keepUp(): void {
  setWords(byId('choice-stays', HTMLElement), config, 'choiceStays')
  const names = readPageNames(config.language, config.languageName)
  const form = new ChoiceForm(config.language, (choice) => {
    void live.then((list) => list?.change(choice))
    void push.then((panel) => panel?.follow())
  })
  const recalled = form.recall()
  const live = Promise.all([
    loadPart(() => import('./live.ts'), partTries, showWaiting),
    loadPart(() => import('./stream/page-listen.ts'), partTries, showWaiting),
  ])
    .then(([{ keepListLive }, { listenInPage }]) => keepListLive({ config, names, form, listen: listenInPage }))
    .catch(failing('the list does not stay live'))
  if (recalled) void live.then((list) => list?.refill())
  const push = loadPart(() => import('./push/push-panel.ts'), partTries)
    .then(async ({ PushPanel }) => {
      // Until then the page says what it says without a script.
      insertPart('push-parts', config.parts.push)
      const panel = new PushPanel(config, names, () => form.choice())
      await panel.start()
      return panel
    })
    .catch(failing('notifications cannot be set up'))
}

function showWaiting(): void {
  const line = byId('connection', HTMLElement)
  line.hidden = false
  setWords(line, config, 'waiting')
}

function failing(what: string): (error: unknown) => null {
  return (error) => {
    console.warn(`${what}:`, error)
    return null
  }
}
