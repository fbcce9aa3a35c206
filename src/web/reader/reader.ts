import { byId } from '../shared/dom.ts'
import { insertPart, pageConfig, type ReaderConfig, setWords } from '../shared/page-config.ts'
import { keepTimesFresh, showLocalTimes } from '../shared/times.ts'
import { ChoiceForm } from './choice.ts'
import { hideIfDiscreet } from './discreet-page.ts'
import { readPageNames } from './page-names.ts'

// First of all: the tab shows it.
hideIfDiscreet()
const config = pageConfig<ReaderConfig>()
showLocalTimes(document, config)
keepTimesFresh(config)
keepUp()

/**
 * Makes the page a live one. What that needs comes in files of its own: each is small enough for a network that lets only some
 * kilobytes of a connection pass, and one that is missing takes nothing from the others.
 */
function keepUp(): void {
  insertPart('push-parts', config.parts.push)
  setWords(byId('choice-stays', HTMLElement), config, 'choiceStays')
  const names = readPageNames(config.language, config.languageName)
  const form = new ChoiceForm(config.language, (choice) => {
    void live.then((list) => list?.change(choice))
    void push.then((panel) => panel?.follow())
  })
  const recalled = form.recall()
  const live = Promise.all([import('./live.ts'), import('../../client/listen.ts')])
    .then(([{ keepListLive }, { listen }]) => keepListLive({ config, names, form, listen }))
    .catch(failing('the list does not stay live'))
  if (recalled) void live.then((list) => list?.refill())
  const push = import('./push/push-panel.ts')
    .then(async ({ PushPanel }) => {
      const panel = new PushPanel(config, names, () => form.choice())
      await panel.start()
      return panel
    })
    .catch(failing('notifications cannot be set up'))
}

function failing(what: string): (error: unknown) => null {
  return (error) => {
    console.warn(`${what}:`, error)
    return null
  }
}
