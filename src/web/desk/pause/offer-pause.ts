import { Fragment, h, render } from 'preact'
import type { ProblemBody } from '../../../domain/problem.ts'
import { byId } from '../../shared/dom.ts'
import { isFocusLost } from '../../shared/focus.ts'
import { sending } from '../busy-button.ts'
import type { DeskConfig } from '../desk-config.ts'
import { pauseView } from '../view/service/pause-view.ts'
import { pauseFormView } from './pause-form-view.ts'
import { PauseSwitch } from './pause-switch.ts'

type Asks = {
  readonly config: DeskConfig
  readonly isSignedOut: (problem: ProblemBody) => boolean
  readonly tell: (words: string) => void
  readonly ended: () => void
}

/** Shows the pause in the page, and to administrators the switch. */
export function offerPause({ config, isSignedOut, tell, ended }: Asks): PauseSwitch {
  // A live region, which screen readers read out: it stays the same element.
  const notice = byId('pause', HTMLElement)
  const pause = new PauseSwitch({
    ...{ isSignedOut, tell, ended },
    changed: (state) => {
      notice.hidden = state.pause === null
      render(h(Fragment, {}, pauseView(state.pause, config)), notice)
      render(pauseFormView(state, config, acts), byId('pause-place', HTMLElement))
    },
    focusReason: () => byId('pause-reason', HTMLInputElement).focus(),
    rescueFocus: () => {
      if (isFocusLost()) byId('pause-scope', HTMLSelectElement).focus()
    },
  })
  const acts = {
    write: (changed: Parameters<PauseSwitch['write']>[0]) => pause.write(changed),
    turn: (turn: 'pause' | 'resume') => sending(pause.turn(turn)),
  }
  return pause
}
