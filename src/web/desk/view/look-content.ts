import type { DeskConfig } from '../desk-config.ts'
import type { DeliberateContent } from '../dialogs/deliberate-view.ts'
import { audienceName } from '../editing/desk-confirm.ts'
import { counted } from '../state/amounts.ts'
import { actOfLook, type DeskState } from '../state/desk-state.ts'
import { t } from '../state/desk-words.ts'
import { type LookActs, lookView, tagsOf } from './look-view.ts'
import { h } from './parts/element.ts'
import { levelWord } from './parts/level-words.ts'

/** What the dialog of the last look shows: its banner, title and button name the act and the audience. Null while it is closed. */
export function lookContent(state: DeskState, config: DeskConfig, acts: LookActs): DeliberateContent | null {
  const { look, me } = state
  if (look === null) return null
  const { draft } = look
  const act = actOfLook(look, me)
  const isLive = draft.audience !== 'test'
  const audience = isLive ? 'public' : 'test'
  const level = draft.level === '' ? '' : levelWord(draft.level)
  const count = counted(tagsOf(look).length)
  const named = act === 'publish' ? draft.kind : act
  return {
    audience,
    banner: audienceName(audience),
    title: t(`title_${named}`, { level }),
    middle: [h('div', { id: 'confirm-look' }, lookView(state, config, acts))],
    tick: t(isLive ? 'deliberateLive' : 'deliberateTest', { count }),
    typeWord: t('typeWord', { word: levelWord('flash'), count }),
    back: t('goBack'),
    press: t(`press_${named}`, { word: isLive ? 'LIVE' : 'TEST' }),
  }
}
