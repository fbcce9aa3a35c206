import { Fragment, h, render } from 'preact'
import { byId } from '../shared/dom.ts'
import { LatestRequest } from '../shared/latest-request.ts'
import { type Answer, call } from './desk-api.ts'
import { type Alarm, alarmsView } from './view/service/alarms-view.ts'

const latest = new LatestRequest()

/** Shows the alarms of the last day, newest first, and returns the response. Without one, what is shown stays. */
export async function showAlarms(): Promise<Answer<{ readonly alarms: readonly Alarm[] }>> {
  const isLatest = latest.begin()
  const answer = await call<{ readonly alarms: readonly Alarm[] }>('/v1/desk/alarms', { attempts: 1 })
  if (answer.result !== 'done' || !isLatest()) return answer
  const { alarms } = answer.body
  byId('alarms', HTMLElement).hidden = alarms.length === 0
  render(h(Fragment, {}, alarmsView(alarms, Date.now())), byId('alarm-list', HTMLUListElement))
  return answer
}
