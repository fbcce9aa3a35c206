import '../common-parts.ts'
import { readDeviceChoices, writeDeviceChoices } from '../../shared/device/device-choices.ts'
import { nodesOf, setChildren, within } from '../../shared/dom.ts'
import { setWords } from '../../shared/page-config.ts'
import { fieldsOf } from './device-fields.ts'
import type { Help } from './push-help.ts'

/** Puts the form of this device's choices into a place, filled with what was chosen, and keeps what the reader saves. */
export async function showDeviceForm(
  { device, words }: Pick<Help, 'device' | 'words'>,
  place: HTMLElement,
): Promise<void> {
  const choices = await readDeviceChoices()
  setChildren(place, nodesOf(device))
  const form = within(place, 'form', HTMLFormElement)
  const message = within(form, '[role="status"]', HTMLElement)
  const input = (name: string) => within(form, `[name="${name}"]`, HTMLInputElement)
  const inputs = [input('quietFrom'), input('quietTo'), input('dailyMax')]
  input('quietFrom').value = choices.quietFrom ?? ''
  input('quietTo').value = choices.quietTo ?? ''
  input('flashPasses').checked = choices.flashPasses
  input('dailyMax').value = choices.dailyMax === null ? '' : String(choices.dailyMax)

  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    for (const each of inputs) each.removeAttribute('aria-invalid')
    const fields = fieldsOf({
      quietFrom: input('quietFrom').value,
      quietTo: input('quietTo').value,
      flashPasses: input('flashPasses').checked,
      // A number field is empty too where what was typed is no number.
      dailyMax: input('dailyMax').validity.badInput ? '?' : input('dailyMax').value,
    })
    if ('wrong' in fields) {
      setWords(message, { words }, fields.words)
      input(fields.wrong).setAttribute('aria-invalid', 'true')
      input(fields.wrong).focus()
      return
    }
    try {
      await writeDeviceChoices({ ...(await readDeviceChoices()), ...fields })
      setWords(message, { words }, 'saved')
    } catch {
      setWords(message, { words }, 'notKept')
    }
  })
}
