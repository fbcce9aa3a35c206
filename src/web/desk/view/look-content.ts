import type { DeskConfig } from '../desk-config.ts'
import type { DeliberateContent } from '../dialogs/deliberate-view.ts'
import { audienceName } from '../editing/desk-confirm.ts'
import { aboutItem } from '../items/item-name.ts'
import { counted } from '../state/amounts.ts'
import { actOfLook, type DeskState } from '../state/desk-state.ts'
import { t } from '../state/desk-words.ts'
import { type LookActs, lookView, tagsOf } from './look-view.ts'
import { h } from './parts/element.ts'
import { levelWord } from './parts/level-words.ts'
import { headlineOf } from './parts/view-parts.ts'

/** What the dialog of the last look shows: its banner, title and button name the act and the audience. Null while it is closed. */
export function lookContent(state: DeskState, config: DeskConfig, acts: LookActs): DeliberateContent | null {
  const { look, me } = state
  if (look === null) return null
  const { draft, item } = look
  const act = actOfLook(look, me)
  const kind = item?.kind ?? draft.kind
  const about = item === null ? null : aboutItem(item)
  const isLive = (draft.audience || about?.audience) !== 'test'
  const audience = isLive ? 'public' : 'test'
  const heard = draft.level || about?.level
  const level = heard === undefined ? '' : levelWord(heard)
  const count = counted(tagsOf(look).length)
  const named = act === 'publish' ? kind : act
  const headline = (draft.alert === null ? undefined : headlineOf(draft.alert)?.headline) ?? about?.headline ?? ''
  const what = t(`what_${kind}`, { level, headline })
  return {
    audience,
    banner: audienceName(audience),
    title: t(`title_${named}`, { level, headline, what }),
    middle: [h('div', { id: 'confirm-look' }, lookView(state, config, acts))],
    tick: t(isLive ? 'deliberateLive' : 'deliberateTest', { count }),
    typeWord: t('typeWord', { word: levelWord('flash'), count }),
    back: t('goBack'),
    press: t(`press_${named}`, { word: isLive ? 'LIVE' : 'TEST' }),
  }
}
