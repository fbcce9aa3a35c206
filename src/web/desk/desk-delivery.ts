import type { Delivery } from '../../desk/delivery-schema.ts'
import { make, setChildren } from '../shared/dom.ts'
import { call } from './desk-api.ts'

const firstPollMs = 1_000
const slowestPollMs = 30_000
const pollsMax = 60
const number = new Intl.NumberFormat('en')

/** Shows the progress of an alert's pushes in `place`: polls with growing intervals until they end or `place` is removed. */
export async function watchDelivery(alertId: string, place: HTMLElement): Promise<void> {
  let waitMs = firstPollMs
  for (let poll = 0; poll < pollsMax && place.isConnected; poll += 1) {
    const answer = await call<{ readonly deliveries: readonly Delivery[] }>(`/v1/alerts/${alertId}/delivery`)
    const deliveries = answer.result === 'done' ? answer.body.deliveries : null
    show(place, deliveries)
    if (deliveries?.every(({ finishedAt }) => finishedAt !== null)) return
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    waitMs = Math.min(waitMs * 1.5, slowestPollMs)
  }
}

function show(place: HTMLElement, deliveries: readonly Delivery[] | null): void {
  if (deliveries === null) setChildren(place, 'How it went is unknown: no answer. Asking again…')
  else if (deliveries.length === 0) setChildren(place, 'Nothing was pushed for this alert.')
  else setChildren(place, ...deliveries.map(line))
}

function line(delivery: Delivery, at: number): HTMLElement {
  const { due, accepted, gone, failed, waiting, stopped, percentiles, finishedAt } = delivery
  const counts = [
    `${number.format(accepted)} of ${number.format(due)} accepted`,
    ...some(waiting, 'waiting'),
    ...some(failed, 'failed'),
    ...some(gone, 'gone'),
    ...some(stopped, 'stopped'),
  ]
  const speed = percentiles ? `Half within ${seconds(percentiles.p50)}, 90 % within ${seconds(percentiles.p90)}.` : ''
  const bar = make('progress', { max: String(Math.max(due, 1)), value: String(due - waiting) })
  bar.setAttribute('aria-label', 'Pushes done')
  const state = finishedAt === null ? 'Under way' : 'Done'
  return make(
    'div',
    { class: 'delivery' },
    make(
      'p',
      {},
      make('strong', {}, at === 0 ? 'First publication. ' : `Change ${at}. `),
      `${state}: ${counts.join(', ')}. ${speed}`,
    ),
    bar,
  )
}

function some(count: number, word: string): readonly string[] {
  return count > 0 ? [`${number.format(count)} ${word}`] : []
}

function seconds(count: number): string {
  return `${number.format(count)} s`
}
