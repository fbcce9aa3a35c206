import type { Delivery } from '../../desk/delivery-schema.ts'
import { make, setChildren } from '../shared/dom.ts'
import { call } from './desk-api.ts'
import { t } from './state/desk-words.ts'
import { amount } from './view/parts/view-parts.ts'

const firstPollMs = 1_000
const slowestPollMs = 30_000
const pollsMax = 60

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
  if (deliveries === null) setChildren(place, t('deliveryUnknown'))
  else if (deliveries.length === 0) setChildren(place, t('deliveryNone'))
  else setChildren(place, ...deliveries.map(line))
}

function line(delivery: Delivery, at: number): HTMLElement {
  const { due, accepted, gone, failed, waiting, stopped, percentiles, finishedAt } = delivery
  const counts = [
    t('deliveryAccepted', { accepted: amount(accepted), due: amount(due) }),
    ...some(waiting, 'deliveryWaiting'),
    ...some(failed, 'deliveryFailed'),
    ...some(gone, 'deliveryGone'),
    ...some(stopped, 'deliveryStopped'),
  ]
  const speed = percentiles ? t('deliverySpeed', { half: amount(percentiles.p50), most: amount(percentiles.p90) }) : ''
  const bar = make('progress', { max: String(Math.max(due, 1)), value: String(due - waiting) })
  bar.setAttribute('aria-label', t('deliveryBar'))
  const state = t(finishedAt === null ? 'deliveryUnderWay' : 'deliveryDone')
  return make(
    'div',
    { class: 'delivery' },
    make(
      'p',
      {},
      make('strong', {}, `${at === 0 ? t('deliveryFirst') : t('deliveryChange', { count: amount(at) })} `),
      `${state}: ${counts.join(', ')}. ${speed}`,
    ),
    bar,
  )
}

function some(
  count: number,
  word: 'deliveryWaiting' | 'deliveryFailed' | 'deliveryGone' | 'deliveryStopped',
): readonly string[] {
  return count > 0 ? [t(word, { count: amount(count) })] : []
}
