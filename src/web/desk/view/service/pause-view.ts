import type { VNode } from 'preact'
import type { Pause } from '../../../../desk/pause.ts'
import { type DeskConfig, pausedWhat } from '../../desk-config.ts'
import { t, tParts } from '../../state/desk-words.ts'
import { h } from '../parts/element.ts'
import { bdi, moment } from '../parts/view-parts.ts'

/** What is paused, why, by whom and since when. Nothing while nothing is. */
export function pauseView(pause: Pause, config: DeskConfig): (VNode | string)[] {
  if (pause === null) return []
  return [
    h('strong', {}, ...tParts('pausedWhat', { what: bdi(pausedWhat(config, pause)) })),
    ` ${t('pausedMeans')} `,
    h('q', {}, pause.reason),
    ' ',
    ...(pause.byName === null ? [] : [...tParts('pausedBy', { name: bdi(pause.byName) }), ' ']),
    ...tParts('pausedSince', { time: moment(pause.at) }),
  ]
}
