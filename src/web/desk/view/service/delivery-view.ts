import type { VNode } from 'preact'
import type { Delivery } from '../../../../desk/delivery-schema.ts'
import { t } from '../../state/desk-words.ts'
import { h } from '../parts/element.ts'
import { amount } from '../parts/view-parts.ts'

/** How far the pushes of each change of an alert are. Null: unknown, because no answer came. */
export function deliveriesView(deliveries: readonly Delivery[] | null): (VNode | string)[] {
  if (deliveries === null) return [t('deliveryUnknown')]
  if (deliveries.length === 0) return [t('deliveryNone')]
  return deliveries.map(deliveryView)
}

function deliveryView(delivery: Delivery, nth: number): VNode {
  const { seq, due, accepted, gone, failed, waiting, stopped, percentiles, finishedAt } = delivery
  const counts = [
    t('deliveryAccepted', { accepted: amount(accepted), due: amount(due) }),
    ...some(waiting, 'deliveryWaiting'),
    ...some(failed, 'deliveryFailed'),
    ...some(gone, 'deliveryGone'),
    ...some(stopped, 'deliveryStopped'),
  ]
  const speed = percentiles ? t('deliverySpeed', { half: amount(percentiles.p50), most: amount(percentiles.p90) }) : ''
  const state = t(finishedAt === null ? 'deliveryUnderWay' : 'deliveryDone')
  return h(
    'div',
    { class: 'delivery', key: seq },
    h(
      'p',
      {},
      h('strong', {}, nth === 0 ? t('deliveryFirst') : t('deliveryChange', { count: amount(nth) })),
      ` ${state}: ${counts.join(', ')}. ${speed}`,
    ),
    h('progress', { max: Math.max(due, 1), value: due - waiting, 'aria-label': t('deliveryBar') }),
  )
}

function some(
  count: number,
  word: 'deliveryWaiting' | 'deliveryFailed' | 'deliveryGone' | 'deliveryStopped',
): readonly string[] {
  return count > 0 ? [t(word, { count: amount(count) })] : []
}
