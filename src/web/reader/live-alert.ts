import './common-parts.ts'
import type { listen } from '../../client/listen.ts'
import type { Rendered } from '../../domain/alert-types.ts'
import { epochOf } from '../../protocol/cursor.ts'
import { deviceStorage } from '../shared/device/device-storage.ts'
import { byId } from '../shared/dom.ts'
import { fetchWhole } from '../shared/fetch-whole.ts'
import { keepingFocus } from '../shared/focus.ts'
import { LatestRequest } from '../shared/latest-request.ts'
import type { AlertPageConfig } from '../shared/page-config.ts'
import { heartbeatInSight, withMirrors } from './away/heartbeat-in-sight.ts'
import { knownVersion } from './away/known-version.ts'
import { whileStreamIsAway } from './away/stream-away.ts'
import { isDiscreetPage } from './discreet-page.ts'
import { articleOf, showAlert, titleOf } from './filling/alert-article.ts'
import { loadPart, partTries } from './load-part.ts'
import type { AlertInPage } from './page-alert.ts'
import { tellWorkerOfSight } from './page-in-sight.ts'
import { showMissed } from './verifying/missed-notice.ts'

const tries = 4

type Deps = {
  readonly config: AlertPageConfig
  readonly alert: AlertInPage
  /** The stream client. */
  readonly listen: typeof listen
}

/**
 * Keeps the permanent page of an alert as the service would write it now: who has it open learns of a correction or a
 * retraction too. Whenever the stream has begun anew, and again and again while it is away, the page is asked for, which
 * costs a 304 where nothing changed. Of that only its signed entry is shown, once it is verified, in this page's own markup and words.
 * While the service does not answer, the mirrors are asked. A page that was not kept has no alert until one of them has it.
 */
export function keepAlertLive({ config, alert: { id, language, cursor, ...shown }, listen: follow }: Deps): void {
  tellWorkerOfSight()
  const main = byId('main', HTMLElement)
  const announced = byId('announce', HTMLElement)
  const latest = new LatestRequest()
  let { version } = shown

  async function renew(): Promise<void> {
    const isLatest = latest.begin()
    const page = await readPage()
    const renewed = page.querySelector<HTMLElement>(`article.whole[data-id="${CSS.escape(id)}"]`)
    if (renewed === null || !isLatest()) return
    // It came from the network: what the service worker said of a kept page is over.
    document.getElementById('kept')?.remove()
    document.getElementById('mirrored')?.remove()
    if (Number(renewed.dataset.version) <= version) return
    const onMissing = () => showMissed(config, true)
    const load = () => import('./verifying/alert-page-check.ts')
    const { newerIn } = await loadPart(load, Number.POSITIVE_INFINITY, onMissing)
    const entry = await newerIn(page, { id, language, version }, onMissing)
    // Of a mirror a newer one may have been shown meanwhile.
    if (entry === null || !isLatest() || entry.alert.version <= version) return
    showMissed(config, false)
    show(entry.alert, entry.at)
  }

  function show(alert: Rendered, at: string): void {
    version = alert.version
    main.tabIndex = -1
    keepingFocus(main, main, () => showAlert(main, { at, alert }, config))
    entitle(alert)
    announce()
  }

  /** `null`: there is no alert that may be named. */
  function entitle(alert: Rendered | null): void {
    if (!isDiscreetPage()) document.title = titleOf(alert, config)
  }

  /** Shows what a mirror had, unless a newer version is known. Whether it did. */
  async function showMirrored(alert: Rendered): Promise<boolean> {
    const known = await knownVersion(language, id, epochOf(cursor) || undefined)
    if (alert.version <= version || alert.version < known) return false
    // Of this alert that is out of date.
    document
      .querySelector(`#kept li a[href$="/alerts/${CSS.escape(id)}"]`)
      ?.closest('li')
      ?.remove()
    show(alert, alert.changedAt)
    return true
  }

  function announce(): void {
    const said = ['.mark', '.headline', '.note'].map(
      (it) => main.querySelector(`article.whole ${it}`)?.textContent ?? '',
    )
    announced.textContent = said.filter((it) => it !== '').join('. ')
  }

  const toldOf = whileStreamIsAway(() => ({
    ...{ config: { ...config, cursor }, alert: id, received: [], cursor: () => cursor, put: showMirrored },
    choice: () => ({ languages: [language], topics: [], level: 'routine' }),
    async read() {
      await renew()
      return { head: cursor, entries: [] }
    },
    // Whenever the stream is live, that is done in any case.
    refill() {},
  }))
  const tryToRenew = () => void renew().catch((error: unknown) => console.warn('the page was not renewed:', error))
  const listening = follow({
    ...{ url: location.origin, languages: [language], level: 'routine', storage: deviceStorage },
    heartbeatSeconds: heartbeatInSight(),
    onEntry: ({ alert }) => {
      if (alert.id === id && alert.version > version) tryToRenew()
    },
    onState: (state, detail) => {
      toldOf(state, detail)
      if (state === 'live') tryToRenew()
    },
    onReset: tryToRenew,
  })
  const article = main.querySelector<HTMLElement>('article.whole')
  // The first visit has no key yet, nor what verifies.
  if (article !== null && navigator.serviceWorker?.controller)
    void loadPart(
      () => import('./verifying/until-verified.ts'),
      partTries,
      () => showMissed(config, true),
    ).then(
      ({ verifyAlert }) =>
        verifyAlert(
          config,
          article,
          { id, language, version: shown.version },
          {
            entitle,
            fill: (it) => articleOf(it, article.querySelector('.summary')?.textContent ?? '', config),
            show: (entry) => show(entry.alert, entry.at),
          },
        ),
      console.warn,
    )
  if (withMirrors())
    void loadPart(() => import('./away/with-mirrors.ts'), partTries).then(
      ({ prepare }) => prepare(listening, heartbeatInSight),
      console.warn,
    )
}

/** On networks that stop each connection after some kilobytes, an answer that stops is asked for on another one. */
async function readPage(): Promise<Document> {
  for (let tried = 1; ; tried += 1)
    try {
      const { answer, text } = await fetchWhole(location.pathname, tried, { credentials: 'omit', cache: 'no-cache' })
      if (!answer.ok) throw new Error(`it was answered ${answer.status}`)
      return new DOMParser().parseFromString(text, 'text/html')
    } catch (error) {
      if (tried === tries || (error as Error).name !== 'AbortError') throw error
    }
}
