/**
 * Changes a list's items and keeps the focus: the focused element may be replaced by the change, and the focus would fall
 * to the page's beginning. It goes to the same control of the same item (`data-id`), to the item's first one when that is
 * gone, and to `fallback` when the item is gone.
 */
export function keepingFocus(list: HTMLElement, fallback: HTMLElement, change: () => void): void {
  const { activeElement } = document
  const item = list.contains(activeElement) ? activeElement?.closest<HTMLElement>('[data-id]') : null
  const at = item ? controlsOf(item).findIndex((control) => control.isSameNode(activeElement)) : -1
  change()
  if (!item || list.contains(document.activeElement)) return
  const same = list.querySelector<HTMLElement>(`[data-id="${CSS.escape(item.dataset.id ?? '')}"]`)
  const controls = same === null ? [] : controlsOf(same)
  const place = controls[at] ?? controls[0] ?? fallback
  place.focus()
}

function controlsOf(item: HTMLElement): HTMLElement[] {
  return [...item.querySelectorAll<HTMLElement>('a[href], button, summary')]
}

/** Whether nothing has the focus: it fell to the page's beginning, or what has it was hidden and loses it in a moment. */
export function isFocusLost(): boolean {
  const { activeElement } = document
  return activeElement === null || activeElement === document.body || activeElement.closest('[hidden]') !== null
}
