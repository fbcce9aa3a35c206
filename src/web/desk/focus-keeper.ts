import { byId } from '../shared/dom.ts'
import { isFocusLost } from '../shared/focus.ts'

/** Where the editor works. */
export type FocusKeeper = {
  /** What had the focus last, of what is not a notice above the page; null: nothing that is still there. */
  readonly last: () => HTMLElement | null
}

/**
 * Puts the focus in a sensible place when what had it is taken away, such as the button of an act that is done: on the nearest
 * title around it (`tabindex="-1"`). Never on another button, which a key that is held down would press. Who takes something
 * away may put the focus elsewhere in the same task.
 */
export function keepFocus(desk: HTMLElement, notices: HTMLElement): FocusKeeper {
  let had: HTMLElement | null = null
  let worked: HTMLElement | null = null
  let around: readonly HTMLElement[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  desk.addEventListener('focusin', ({ target }) => {
    if (!(target instanceof HTMLElement)) return
    had = target
    around = ancestorsOf(target, desk)
    if (!notices.contains(target)) worked = target
  })
  desk.addEventListener('focusout', () =>
    // The editor has pressed beside every control: nothing is to be put back there later.
    setTimeout(() => {
      if (document.activeElement === document.body && had !== null && isUsable(had)) had = null
    }),
  )
  const rescue = () => {
    if (had === null || isUsable(had) || desk.hidden || document.querySelector('dialog[open]') !== null) return
    if (isFocusLost() || document.activeElement === had) titleAround(around).focus()
  }
  new MutationObserver(() => {
    clearTimeout(timer)
    timer = setTimeout(rescue)
  }).observe(desk, {
    ...{ childList: true, subtree: true, attributes: true },
    attributeFilter: ['hidden', 'disabled'],
  })
  return { last: () => (worked !== null && isUsable(worked) ? worked : null) }
}

function ancestorsOf(element: HTMLElement, end: HTMLElement): readonly HTMLElement[] {
  const found: HTMLElement[] = []
  for (let it = element.parentElement; it !== null && it !== end; it = it.parentElement) found.push(it)
  return found
}

function titleAround(around: readonly HTMLElement[]): HTMLElement {
  for (const place of around.filter(isUsable)) {
    const titles = [place, ...place.querySelectorAll<HTMLElement>('[tabindex="-1"]')]
    const title = titles.find((it) => it.tabIndex === -1 && it.hasAttribute('tabindex') && isUsable(it))
    if (title !== undefined) return title
  }
  return byId('desk-title', HTMLElement)
}

/** Whether an element can have the focus: it is in the page, shown, and not disabled. */
function isUsable(element: HTMLElement): boolean {
  return element.isConnected && element.getClientRects().length > 0 && !element.matches(':disabled')
}
