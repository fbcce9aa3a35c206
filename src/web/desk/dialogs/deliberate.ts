/**
 * Something that is sent to readers, or stopped, only by a deliberate act: a box is ticked, or a word is typed, and then a
 * button is pressed.
 */
export type Deliberate = {
  /** The word that must be typed. Null: a box must be ticked instead. */
  readonly word: string | null
  readonly typed: string
  readonly isTicked: boolean
  readonly state: 'asking' | 'sending'
  /** What went wrong, or how far it is. */
  readonly error: string
}

/**
 * The result of an act: null when it is done, else an error to show. With `notice` the alert has changed: the element with
 * this id gets the focus, and the editor must read it and confirm again.
 */
export type Outcome = string | null | { readonly error: string; readonly notice: string }

/** The question as it is asked first: nothing is ticked or typed for the editor. */
export function newDeliberate(word: string | null = null): Deliberate {
  return { word, typed: '', isTicked: false, state: 'asking', error: '' }
}

/** Whether the box is ticked or the word is typed, in whatever case. */
export function isDeliberate({ word, typed, isTicked }: Deliberate): boolean {
  return word === null ? isTicked : typed.trim().toLocaleUpperCase() === word.toLocaleUpperCase()
}

/** Whether a press of the button does anything. */
export function mayPress(asked: Deliberate): boolean {
  return asked.state === 'asking' && isDeliberate(asked)
}

/** What Enter does in the box or in the field: it acts after the word; after a tick the button is one press away. */
export function onEnter(asked: Deliberate): 'nothing' | 'say-what-is-missing' | 'go-to-button' | 'press' {
  if (asked.state === 'sending') return 'nothing'
  if (!isDeliberate(asked)) return 'say-what-is-missing'
  return asked.word === null ? 'go-to-button' : 'press'
}

/** After an act that is not done: its error is shown, and what has changed must be confirmed again. */
export function withOutcome(asked: Deliberate, outcome: Exclude<Outcome, null>): Deliberate {
  return typeof outcome === 'string'
    ? { ...asked, state: 'asking', error: outcome }
    : { ...asked, state: 'asking', error: outcome.error, isTicked: false, typed: '' }
}
