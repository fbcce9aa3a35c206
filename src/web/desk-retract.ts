import type { Alert } from '../alert.ts'
import { call } from './desk-api.ts'
import { changedOf, changedSentence } from './desk-changed.ts'
import { type DeskConfig, languageNamed } from './desk-config.ts'
import { byId, make } from './dom.ts'

/** Takes an alert back: the note is written already in every language, so that one press is enough. */
export function askToRetract(config: DeskConfig, alert: Alert, done: () => void): void {
  const dialog = byId('retract', HTMLDialogElement)
  const button = byId('retract-send', HTMLButtonElement)
  const error = byId('retract-error', HTMLElement)
  const notes = byId('retract-notes', HTMLElement)
  // One key for this intention: pressing again after a lost answer retracts nothing twice.
  const key = crypto.randomUUID()
  let { version } = alert
  error.textContent = ''
  const [text] = Object.values(alert.texts)
  byId('retract-what', HTMLElement).textContent = `“${text?.headline ?? ''}” is taken off phones and marked everywhere.`
  notes.replaceChildren(...Object.keys(alert.texts).flatMap((tag) => noteField(config, tag)))
  button.onclick = async () => {
    button.disabled = true
    const answer = await call(`/v1/alerts/${alert.id}/retraction`, {
      method: 'POST',
      key,
      version,
      body: { note: written(notes) },
      onRetry: () => {
        error.textContent = 'No answer yet; asking again. It cannot be sent twice.'
      },
    })
    button.disabled = false
    if (answer.result === 'done') {
      dialog.close()
      done()
      return
    }
    const changed = answer.result === 'refused' ? changedOf(answer.problem) : null
    if (changed !== null) {
      // Only the next press, with the change before their eyes, takes back what the alert says now.
      version = changed.version
      error.textContent = `${changedSentence(changed)} Press again to retract it as it stands now.`
    } else
      error.textContent = answer.result === 'refused' ? answer.problem.detail : 'No answer. Press again: it is safe.'
  }
  dialog.showModal()
  button.focus()
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
