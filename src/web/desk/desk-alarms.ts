import { byId, make, setChildren } from '../shared/dom.ts'
import { LatestRequest } from '../shared/latest-request.ts'
import { showLocalTimes } from '../shared/times.ts'
import { type Answer, call } from './desk-api.ts'

/** An alarm as `GET /v1/desk/alarms` gives it. */
type Alarm = { readonly kind: string; readonly host?: string; readonly detail: string; readonly at: string }

/** What to do about each kind of alarm. */
const advice: Readonly<Record<string, string>> = {
  gone: 'So many addresses look gone that none is deleted. Sending goes on. Ask your operators to check the keys.',
  key: 'The push service does not accept our key. Ask your operators to check the VAPID keys and the clock.',
  ours: 'The push service finds our messages wrong. Ask your operators to look at the log.',
  throttled: 'The push service asks us to slow down. Readers there get alerts late; nothing is to be done.',
  storage: 'Alerts cannot be stored. Ask your operators to look at the disk and the data folder at once.',
  failed: 'The alert reached nobody, or hardly anybody, by push. Ask your operators at once.',
  clock: 'Our clock and the push service’s differ: it may refuse all we send. Ask your operators to set it.',
  ahead: 'New alerts are dated in the future and expire too late. Ask your operators to look at the clock.',
  secret: 'Nothing is pushed: the service was started with the wrong secret. Ask your operators at once.',
  unreadable: 'Some stored addresses cannot be read; nothing reaches them. Ask your operators to look at the log.',
  down: 'The push service does not answer well. We go on trying until the alert expires.',
}

const titles: Readonly<Record<string, string>> = { storage: 'Storage', ahead: 'Clock' }

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
  showLocalTimes(list, 'en')
  return answer
}

function item({ kind, host, detail, at }: Alarm): HTMLElement {
  const title = make('strong', {}, host ?? titles[kind] ?? 'Subscriptions')
  return make('li', {}, title, ' ', make('time', { datetime: at }), `: ${advice[kind] ?? ''} (${detail})`)
}
