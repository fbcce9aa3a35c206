import { Fragment, h, render } from 'preact'
import type { Delivery } from '../../desk/delivery-schema.ts'
import { call } from './desk-api.ts'
import { deliveriesView } from './view/service/delivery-view.ts'

const firstPollMs = 1_000
const slowestPollMs = 30_000
const pollsMax = 60

/** Shows the progress of an alert's pushes in `place`: polls with growing intervals until they end or `place` is removed. */
export async function watchDelivery(alertId: string, place: HTMLElement): Promise<void> {
  let waitMs = firstPollMs
  for (let poll = 0; poll < pollsMax && place.isConnected; poll += 1) {
    const answer = await call<{ readonly deliveries: readonly Delivery[] }>(`/v1/alerts/${alertId}/delivery`)
    const deliveries = answer.result === 'done' ? answer.body.deliveries : null
    render(h(Fragment, {}, deliveriesView(deliveries)), place)
    if (deliveries?.every(({ finishedAt }) => finishedAt !== null)) return
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    waitMs = Math.min(waitMs * 1.5, slowestPollMs)
  }
}
