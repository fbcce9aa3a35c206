import { byId } from '../../shared/dom.ts'
import type { DeskItem } from '../editing/item-draft.ts'
import { t } from '../state/desk-words.ts'
import { headlineOf } from '../view/parts/view-parts.ts'

/** Asks whether what a colleague submitted is taken back. The focus is first on leaving it, so that Enter does no harm. */
export function askToTakeBack(item: DeskItem): Promise<boolean> {
  const dialog = byId('take-back', HTMLDialogElement)
  const name = item.submittedBy?.name ?? t('anotherEditor')
  byId('take-back-title', HTMLElement).textContent = t('takeBackTitle', { name })
  const headline = headlineOf(item)?.headline ?? t('noHeadline')
  byId('take-back-audience', HTMLElement).textContent = t('takeBackWhat', { headline, name })
  dialog.returnValue = ''
  dialog.showModal()
  byId('take-back-leave', HTMLButtonElement).focus()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'take'), { once: true })
  })
}
