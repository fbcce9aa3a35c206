import { render, type VNode } from 'preact'
import { byId } from '../../shared/dom.ts'
import { onClosed } from '../dialogs/on-closed.ts'
import type { DeskItem } from '../editing/item-draft.ts'
import { deleteView, takeBackView } from './take-back-view.ts'

/** Asks whether what a colleague submitted is taken back. */
export function askToTakeBack(item: DeskItem): Promise<boolean> {
  return ask(takeBackView(item))
}

/** Asks whether a draft is deleted, which nobody can undo. */
export function askToDelete(item: DeskItem): Promise<boolean> {
  return ask(deleteView(item))
}

/** The focus is first on leaving it, so that Enter does no harm. */
function ask(question: VNode): Promise<boolean> {
  const dialog = byId('take-back', HTMLDialogElement)
  render(question, dialog)
  dialog.returnValue = ''
  dialog.showModal()
  byId('take-back-leave', HTMLButtonElement).focus()
  return new Promise((resolve) => {
    const stop = onClosed(dialog, () => {
      stop()
      resolve(dialog.returnValue === 'take')
    })
  })
}
