import type { Alert } from '../alert.ts'
import { counted } from '../plural.ts'
import { askDeliberately } from './deliberate.ts'
import { call } from './desk-api.ts'
import { changedOf, changedSentence } from './desk-changed.ts'
import { type DeskConfig, languageNamed, levelNames } from './desk-config.ts'
import { audienceNames, type Rehearsal, reachOf, topicsOf } from './desk-confirm.ts'
import { byId, make, setChildren } from './dom.ts'
import { randomKey } from './random-key.ts'

/** Takes an alert back. The note is written already in every language, so that a tick and a press are enough. */
export function askToRetract(config: DeskConfig, alert: Alert, done: () => void): void {
  const notes = byId('retract-notes', HTMLElement)
  // One key for this intention: pressing again after a lost answer retracts nothing twice.
  const key = randomKey()
  let { version } = alert
  fill(config, alert)
  setChildren(notes, ...Object.keys(alert.texts).flatMap((tag) => noteField(config, tag)))
  notes.oninput = () => showWordless(config, notes)
  showWordless(config, notes)
  void showReach(alert)
  askDeliberately('retract', async (say) => {
    const answer = await call(`/v1/alerts/${alert.id}/retraction`, {
      method: 'POST',
      key,
      version,
      body: { note: written(notes) },
      onRetry: () => say('No answer yet; asking again. It cannot be sent twice.'),
    })
    const changed = answer.result === 'refused' ? changedOf(answer.problem) : null
    if (changed !== null) {
      // Only the next press, with the change before their eyes, takes back what the alert says now.
      version = changed.version
      return `${changedSentence(changed)} Press again to retract it as it stands now.`
    }
    if (answer.result === 'refused') return answer.problem.detail
    if (answer.result === 'lost') return 'No answer. Press again: it is safe.'
    done()
    return null
  })
}

function fill(config: DeskConfig, { audience, level, topics, texts }: Alert): void {
  const banner = byId('retract-audience', HTMLElement)
  banner.dataset.audience = audience
  banner.textContent = `RETRACTION, ${audienceNames[audience]}`
  byId('retract-title', HTMLElement).textContent = `Take this ${levelNames[level]} alert back?`
  const [text] = Object.values(texts)
  byId('retract-what', HTMLElement).textContent = `“${text?.headline ?? ''}” is taken off phones and marked everywhere.`
  byId('retract-topics', HTMLElement).textContent = topicsOf(config, topics)
  const word = audience === 'public' ? 'LIVE' : 'TEST'
  byId('retract-deliberate', HTMLElement).textContent =
    `It was wrong. Take it back, ${word}, in ${counted(Object.keys(texts).length, 'language')}.`
  const send = byId('retract-send', HTMLButtonElement)
  send.textContent = `Retract ${word}`
  send.dataset.audience = audience
}

/** How many are told; a retraction does not wait for the count. */
async function showReach({ id, level, audience, topics, texts }: Alert): Promise<void> {
  const line = byId('retract-reach', HTMLElement)
  line.textContent = 'Counting whom it reaches…'
  line.dataset.alert = id
  const body = { level, audience, topics, texts }
  const answer = await call<Rehearsal>('/v1/alerts?dryRun=true', { method: 'POST', body })
  // Another alert may be asked about by now.
  if (line.dataset.alert !== id) return
  line.textContent =
    answer.result === 'done' ? `It reaches ${reachOf(level, answer.body.audience)} now.` : 'Whom it reaches is unknown.'
}

/** Names the languages whose readers are told nothing of what was wrong. */
function showWordless(config: DeskConfig, notes: HTMLElement): void {
  const tags = [...notes.querySelectorAll('textarea')]
    .filter((it) => it.value.trim() === '')
    .map((it) => it.dataset.tag)
  setChildren(
    byId('retract-warnings', HTMLElement),
    ...tags.map((tag = '') =>
      make(
        'li',
        {},
        make('bdi', { lang: tag }, languageNamed(config, tag).name),
        ': no note. Its readers are told that the alert is retracted, and not why.',
      ),
    ),
  )
}

function noteField(config: DeskConfig, tag: string): HTMLElement[] {
  const { name, dir } = languageNamed(config, tag)
  const id = `retract-note-${tag}`
  const input = make('textarea', { id, rows: '2', lang: tag, dir, 'data-tag': tag })
  input.value = config.retractionNotes[tag] ?? ''
  return [make('label', { for: id, class: 'field' }, make('bdi', { lang: tag }, name)), input]
}

function written(notes: HTMLElement): Record<string, string> {
  const fields = [...notes.querySelectorAll('textarea')]
  return Object.fromEntries(
    fields.map((it) => [it.dataset.tag ?? '', it.value.trim()]).filter(([, text]) => text !== ''),
  )
}
