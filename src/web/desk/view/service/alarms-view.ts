import type { VNode } from 'preact'
import type { DeskWordKey } from '../../../../locales/locales.ts'
import { t } from '../../state/desk-words.ts'
import { h } from '../parts/element.ts'
import { english, freshMoment } from '../parts/view-parts.ts'

/** An alarm as `GET /v1/desk/alarms` gives it. */
export type Alarm = { readonly kind: string; readonly host?: string; readonly detail: string; readonly at: string }

/** What to do about each kind of alarm. */
const advice: Readonly<Record<string, DeskWordKey>> = {
  gone: 'alarm_gone',
  key: 'alarm_key',
  ours: 'alarm_ours',
  throttled: 'alarm_throttled',
  storage: 'alarm_storage',
  failed: 'alarm_failed',
  clock: 'alarm_clock',
  ahead: 'alarm_ahead',
  secret: 'alarm_secret',
  unreadable: 'alarm_unreadable',
  down: 'alarm_down',
}

const titles: Readonly<Record<string, DeskWordKey>> = {
  ...{ storage: 'alarmStorage', export: 'alarmStorage', ahead: 'alarmClock' },
}

/** A line for each alarm. `now`: Unix milliseconds. */
export function alarmsView(alarms: readonly Alarm[], now: number): VNode[] {
  return alarms.map(({ kind, host, detail, at }) => {
    const known = advice[kind]
    const words = known === undefined ? '' : t(known)
    return h(
      'li',
      { key: `${kind} ${host} ${detail}` },
      h('strong', {}, host ?? t(titles[kind] ?? 'alarmSubscriptions')),
      ' ',
      freshMoment(at, now),
      `: ${words} `,
      // For operators, in the words of the service.
      english(`(${detail})`),
    )
  })
}
