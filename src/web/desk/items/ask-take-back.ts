import { render } from 'preact'
import { byId } from '../../shared/dom.ts'
import type { DeskItem } from '../editing/item-draft.ts'
import { takeBackView } from './take-back-view.ts'

/** Asks whether what a colleague submitted is taken back. The focus is first on leaving it, so that Enter does no harm. */
export function askToTakeBack(item: DeskItem): Promise<boolean> {
  const dialog = byId('take-back', HTMLDialogElement)
  render(takeBackView(item), dialog)
  dialog.returnValue = ''
  dialog.showModal()
  byId('take-back-leave', HTMLButtonElement).focus()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'take'), { once: true })
  })
}
