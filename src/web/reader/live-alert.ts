import './common-parts.ts'
import type { listen } from '../../client/listen.ts'
import { byId } from '../shared/dom.ts'
import { keepingFocus } from '../shared/focus.ts'
import { LatestRequest } from '../shared/latest-request.ts'
import type { ReaderConfig } from '../shared/page-config.ts'
import { withTimeout } from '../shared/timeout.ts'
import { showLocalTimes } from '../shared/times.ts'
import { isDiscreetPage } from './discreet-page.ts'
import { tellWorkerOfSight } from './page-in-sight.ts'

const answerMsMax = 10_000
/** What of the page changes with its alert. */
const parts = ['article.whole', '.history'] as const

type Deps = {
  readonly config: Pick<ReaderConfig, 'language' | 'formats'>
  /** The alert as it stands in the page. */
  readonly article: HTMLElement
  /** The stream client. */
  readonly listen: typeof listen
}

/**
 * Keeps the permanent page of an alert as the service would write it now: who has it open learns of a correction or a
 * retraction too. Whenever the stream has begun anew the page is asked for, which costs a 304 where nothing changed.
 */
export function keepAlertLive({ config, article, listen: follow }: Deps): void {
  tellWorkerOfSight()
  const { id = '' } = article.dataset
  const main = article.parentElement ?? document.body
  const announced = byId('announce', HTMLElement)
  const latest = new LatestRequest()
  let version = Number(article.dataset.version)

  async function renew(): Promise<void> {
    const isLatest = latest.begin()
    const page = await readPage()
    const renewed = page.querySelector<HTMLElement>(`article.whole[data-id="${CSS.escape(id)}"]`)
    if (renewed === null || !isLatest()) return
    // It came from the network: what the service worker said of a kept page is over.
    document.getElementById('kept')?.remove()
    if (Number(renewed.dataset.version) <= version) return
    version = Number(renewed.dataset.version)
    show(page)
  }

  function show(page: Document): void {
    main.tabIndex = -1
    keepingFocus(main, main, () => {
      for (const part of parts) {
        const other = page.querySelector<HTMLElement>(part)
        if (other === null) continue
        showLocalTimes(other, config, 'full')
        document.querySelector(part)?.replaceWith(document.adoptNode(other))
      }
    })
    if (!isDiscreetPage()) document.title = page.title
    const said = ['.mark', '.headline', '.note'].map(
      (it) => main.querySelector(`article.whole ${it}`)?.textContent ?? '',
    )
    announced.textContent = said.filter((it) => it !== '').join('. ')
  }

  const tryToRenew = () => void renew().catch((error: unknown) => console.warn('the page was not renewed:', error))
  follow({
    ...{ url: location.origin, languages: [config.language], level: 'routine' },
    onEntry: ({ alert }) => {
      if (alert.id === id && alert.version > version) tryToRenew()
    },
    onState: (state) => {
      if (state === 'live') tryToRenew()
    },
    onReset: tryToRenew,
  })
}

function readPage(): Promise<Document> {
  return withTimeout(answerMsMax, async (signal) => {
    const answer = await fetch(location.pathname, { credentials: 'omit', cache: 'no-cache', signal })
    if (!answer.ok) throw new Error(`it was answered ${answer.status}`)
    return new DOMParser().parseFromString(await answer.text(), 'text/html')
  })
}
