import type { VNode } from 'preact'
import type { Delivery, DeskDelivery } from '../../../../desk/delivery-schema.ts'
import { amount, counted, percent } from '../../state/amounts.ts'
import { isolated, languageName, listed, t } from '../../state/desk-words.ts'
import { h } from '../parts/element.ts'
import { bdi, type View } from '../parts/view-parts.ts'

type Shares = { readonly p50: number | null; readonly p90: number | null; readonly p99: number | null }

/** A delivery as services say it; an older one leaves some of it out. */
type Shown = Delivery &
  Partial<Pick<DeskDelivery, 'kind' | 'by'>> & {
    /** Seconds until this share of all pushes was accepted; null: it is not. */
    readonly acceptedWithin?: Shares
    readonly services?: readonly {
      readonly host: string
      readonly accepted: number
      readonly gone: number
      readonly failed: number
      readonly waiting?: number
    }[]
    readonly languages?: Delivery['languages']
    /** To how many open streams it was written; `*`: those that take all languages. Null: unknown. */
    readonly streams?: { readonly byLanguage: Readonly<Record<string, number>>; readonly atLeast: boolean } | null
  }

/** How far the pushes of each change of an alert are. Null: unknown, because no answer came. */
export function deliveriesView(deliveries: readonly Delivery[] | null): (VNode | string)[] {
  if (deliveries === null) return [t('deliveryUnknown')]
  if (deliveries.length === 0) return [t('deliveryNone')]
  return deliveries.map(deliveryView)
}

function deliveryView(delivery: Shown, nth: number): VNode {
  const { seq, due, waiting, stopped, finishedAt } = delivery
  const counts = [...countsOf(delivery), ...some(stopped, 'deliveryStopped')]
  const state = t(finishedAt === null ? 'deliveryUnderWay' : 'deliveryDone')
  return h(
    'div',
    { class: 'delivery', key: seq },
    h('p', {}, h('strong', {}, nameOf(delivery, nth)), ` ${state}: ${listed(counts)}. ${speedOf(delivery)}`),
    h('progress', { max: Math.max(due, 1), value: due - waiting, 'aria-label': t('deliveryBar') }),
    languagesOf(delivery),
    servicesOf(delivery),
    h('p', { class: 'small' }, streamsOf(delivery)),
  )
}

type Counts = Pick<Delivery, 'due' | 'accepted' | 'waiting' | 'failed' | 'gone'>

function countsOf({ due, accepted, waiting, failed, gone }: Counts): readonly string[] {
  return [
    t('deliveryAccepted', { accepted: amount(accepted), due: amount(due) }),
    ...some(waiting, 'deliveryWaiting'),
    ...some(failed, 'deliveryFailed'),
    ...some(gone, 'deliveryGone'),
  ]
}

/** What the change was, and whose. */
function nameOf({ kind, by }: Shown, nth: number): string {
  if (!kind) return nth === 0 ? t('deliveryFirst') : t('deliveryChange', { count: amount(nth) })
  return `${t(`kind_${kind}`)}${by ? ` (${isolated(by)})` : ''}.`
}

/** How long it took until half, most and nearly all of the pushes were accepted. */
function speedOf({ percentiles, acceptedWithin, due, accepted, finishedAt }: Shown): string {
  const shares: Shares | null = acceptedWithin ?? percentiles
  if (due === 0) return ''
  if (shares === null) return accepted > 0 ? t('deliverySpeedUnknown') : ''
  const told = ([part, seconds]: readonly [number, number | null]) => {
    const share = percent(part)
    if (seconds !== null) return t('deliveryWithin', { share, seconds: amount(seconds) })
    return t(finishedAt === null ? 'deliveryNotYet' : 'deliveryNever', { share })
  }
  const parts = [[0.5, shares.p50] as const, [0.9, shares.p90] as const, [0.99, shares.p99] as const]
  return t('deliverySpeed', { shares: listed(parts.map(told)) })
}

/** The same by language, where there is more than one. */
function languagesOf({ languages = [] }: Shown): View {
  if (languages.length < 2) return null
  return h(
    'ul',
    { class: 'plain small' },
    languages.map((counts) => {
      const { language } = counts
      const name = language === '*' ? t('allLanguages') : bdi(languageName(language))
      return h('li', { key: language }, name, `: ${listed(countsOf(counts))}`)
    }),
  )
}

/** The same by push service, where there is more than one. */
function servicesOf({ services = [] }: Shown): View {
  if (services.length < 2) return null
  return h(
    'ul',
    { class: 'plain small' },
    services.map(({ host, accepted, failed, gone, waiting = 0 }) => {
      const counts = [
        t('serviceAccepted', { count: amount(accepted) }),
        ...some(waiting, 'serviceWaiting'),
        ...some(failed, 'deliveryFailed'),
        ...some(gone, 'deliveryGone'),
      ]
      return h('li', { key: host }, bdi(host), `: ${listed(counts)}`)
    }),
  )
}

/** To how many open streams it was written. A service that did not count them says nothing of it. */
function streamsOf({ streams = null }: Shown): string {
  if (streams === null) return t('deliveryStreamsUnknown')
  const all = Object.entries(streams.byLanguage)
  const sum = all.reduce((total, [, count]) => total + count, 0)
  const count = counted(sum, streams.atLeast)
  const each = listed(
    all.map(([tag, of]) => isolated(`${tag === '*' ? t('allLanguages') : languageName(tag)} ${amount(of)}`)),
  )
  return all.length < 2 ? t('deliveryStreams', { count }) : t('deliveryStreamsEach', { count, each })
}

function some(
  count: number,
  word: 'deliveryWaiting' | 'serviceWaiting' | 'deliveryFailed' | 'deliveryGone' | 'deliveryStopped',
): readonly string[] {
  return count > 0 ? [t(word, { count: amount(count) })] : []
}
