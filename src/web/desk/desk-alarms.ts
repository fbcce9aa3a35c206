import type { DeskWordKey } from '../../locales/locales.ts'
import { byId, make, setChildren } from '../shared/dom.ts'
import { LatestRequest } from '../shared/latest-request.ts'
import { showLocalTimes } from '../shared/times.ts'
import { type Answer, call } from './desk-api.ts'
import { deskLanguage, t } from './state/desk-words.ts'

/** An alarm as `GET /v1/desk/alarms` gives it. */
type Alarm = { readonly kind: string; readonly host?: string; readonly detail: string; readonly at: string }

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

const titles: Readonly<Record<string, DeskWordKey>> = { storage: 'alarmStorage', ahead: 'alarmClock' }

const latest = new LatestRequest()

/** Shows the alarms of the last day, newest first, and returns the response. Without one, what is shown stays. */
export async function showAlarms(): Promise<Answer<{ readonly alarms: readonly Alarm[] }>> {
  const isLatest = latest.begin()
  const answer = await call<{ readonly alarms: readonly Alarm[] }>('/v1/desk/alarms', { attempts: 1 })
  if (answer.result !== 'done' || !isLatest()) return answer
  const { alarms } = answer.body
  byId('alarms', HTMLElement).hidden = alarms.length === 0
  const list = byId('alarm-list', HTMLUListElement)
  setChildren(list, ...alarms.map(item))
  showLocalTimes(list, deskLanguage())
  return answer
}

function item({ kind, host, detail, at }: Alarm): HTMLElement {
  const title = make('strong', {}, host ?? t(titles[kind] ?? 'alarmSubscriptions'))
  const known = advice[kind]
  const words = known === undefined ? '' : t(known)
  // The detail is for operators, in the words of the service.
  return make(
    'li',
    {},
    title,
    ' ',
    make('time', { datetime: at }),
    `: ${words} `,
    make('bdi', { lang: 'en' }, `(${detail})`),
  )
}
