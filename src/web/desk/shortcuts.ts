import { byId } from '../shared/dom.ts'

type Acts = {
  readonly cancelHeld: () => boolean
  /** Closes the line that says how the last act ended. */
  readonly dismiss: () => boolean
  readonly preview: () => void
  readonly keep: () => void
  readonly begin: () => void
  readonly help: () => void
}

const optOut = 'tocsin.desk.no-single-keys'

/** The desk's shortcuts. Letters are told by their place on the keyboard, so that they work in every layout. */
export function listenToShortcuts(acts: Acts): void {
  document.addEventListener('keydown', (event) => {
    // What is typed by an input method is not meant for the desk, and a dialog has keys of its own.
    if (event.isComposing || event.defaultPrevented || document.querySelector('dialog[open]') !== null) return
    if (byId('desk', HTMLElement).hidden) return
    if (actOn(event, acts)) event.preventDefault()
  })
}

/** Offers the help sheet, in which the shortcut of one character can be turned off. Gives the function that opens it. */
export function offerHelp(): () => void {
  const dialog = byId('help', HTMLDialogElement)
  const title = byId('help-title', HTMLElement)
  // The first control is at the end of the sheet: with the focus there, the keys would be out of sight on a phone.
  title.tabIndex = -1
  const open = () => {
    dialog.showModal()
    title.focus()
    dialog.scrollTop = 0
  }
  byId('help-open', HTMLButtonElement).addEventListener('click', open)
  const singleKeys = byId('single-keys', HTMLInputElement)
  singleKeys.checked = areSingleKeysOn()
  singleKeys.addEventListener('change', () => turnSingleKeys(singleKeys.checked))
  return open
}

function actOn(event: KeyboardEvent, acts: Acts): boolean {
  const { key, code, altKey, shiftKey } = event
  const isControl = event.ctrlKey || event.metaKey
  if (key === 'Escape' && !altKey && !isControl) return acts.cancelHeld() || acts.dismiss()
  if (isControl && !altKey && key === 'Enter') return done(event, acts.preview)
  if (isControl && !altKey && !shiftKey && code === 'KeyS') return done(event, acts.keep)
  if (altKey && !isControl) return onAlt(event, acts)
  if (key === '?' && !isControl && !isTyping(event.target) && areSingleKeysOn()) return done(event, acts.help)
  if (key === '/' && !isControl && !isTyping(event.target) && areSingleKeysOn())
    return focusOn(document.getElementById('item-search'))
  return false
}

function onAlt(event: KeyboardEvent, acts: Acts): boolean {
  const places: Readonly<Record<string, string>> = {
    KeyW: 'waiting-title',
    KeyD: 'drafts-title',
    KeyP: 'sent-title',
    KeyL: 'add-language',
  }
  const place = places[event.code]
  if (place !== undefined) return focusOn(document.getElementById(place))
  const nth = /^Digit([1-9])$/.exec(event.code)?.[1]
  if (nth !== undefined)
    return focusOn(document.querySelectorAll<HTMLElement>('#texts [data-part="headline"]')[Number(nth) - 1])
  if (event.code === 'KeyN') return done(event, acts.begin)
  // The button itself says whom it is offered to. The focus stays where it is, and goes back there.
  if (event.code === 'KeyK') return done(event, () => byId('account-open', HTMLButtonElement).click())
  if (event.code === 'KeyH') return done(event, acts.help)
  return false
}

/** A key that is held down acts once. */
function done(event: KeyboardEvent, act: () => void): boolean {
  if (!event.repeat) act()
  return true
}

function focusOn(place: HTMLElement | null | undefined): boolean {
  place?.focus()
  place?.scrollIntoView({ block: 'nearest' })
  return true
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null
}

/** WCAG 2.1.4: a shortcut of one character can be turned off. */
function areSingleKeysOn(): boolean {
  try {
    return localStorage.getItem(optOut) === null
  } catch {
    return true
  }
}

function turnSingleKeys(on: boolean): void {
  try {
    if (on) localStorage.removeItem(optOut)
    else localStorage.setItem(optOut, '')
  } catch {
    // A browser that keeps nothing forgets it at the next load.
  }
}
