import { askMirror } from '../../../client/mirrors/ask-mirror.ts'
import { MirrorAttempts } from '../../../client/mirrors/mirror-attempts.ts'
import { isWithinReach } from '../../../client/mirrors/within-reach.ts'
import type { MirrorList } from '../../../signing/statements.ts'
import type { KeyPin } from '../../../signing/verify/key-pin.ts'
import { verifyBundle } from '../../../signing/verify/verify-bundle.ts'
import { type Seen, seenIn } from '../../../signing/verify/verify-statements.ts'
import { putStored, readStored } from '../browser-storage.ts'
import { askMirrors, isNewer } from './ask-mirrors.ts'
import type { MirrorNews } from './mirror-news.ts'

const seenName = 'mirrors-seen'

type Deps = {
  /** The keys that are pinned on this device. */
  readonly pin: Pick<KeyPin, 'use' | 'follow'>
  /** The addresses that may be asked. */
  readonly urls: () => Promise<readonly string[]>
  /** Where the service is. */
  readonly origin: string
  /** Keeps a list of mirrors that is genuine. */
  readonly keepList: (list: MirrorList) => Promise<unknown>
}

function later(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, ms)
  return () => clearTimeout(timer)
}

const requests = { later, fetch: (url: string, request: RequestInit) => fetch(url, request) }

/** Asks mirrors for this device: its service worker does, or a page that has none. */
export class DeviceMirrors {
  readonly #deps: Deps
  readonly #attempts = new MirrorAttempts()
  /** How far what is signed was seen, in any round. */
  #seen: Seen | null = null

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /**
   * Asks all once, and gives what is newer than what a page shows and this device has seen, as often as something newer is found. A page
   * need not wait for that to be over before it asks again. `page`: one of several.
   */
  async ask(language: string, onPage: Seen | null, found: (news: MirrorNews) => void, page = ''): Promise<void> {
    const { pin, origin, keepList } = this.#deps
    const [kept, urls] = await Promise.all([readStored(seenName).catch(() => null), this.#deps.urls()])
    const keeping: Promise<unknown>[] = []
    const before = newestOf(onPage, seenIn(kept))
    const seen = () => newestOf(before, this.#seen)
    await askMirrors({
      urls: urls.filter((url) => isWithinReach(url, origin)),
      language,
      page,
      attempts: this.#attempts,
      seen,
      now: Date.now,
      // Nothing of the reader goes along, and the path is the same for everybody.
      read: (mirror, tag, came, ended) => askMirror(requests, `${mirror}bundles/${tag}.json`, { came }, ended),
      verify: (bytes) => pin.use((verifier, keys) => verifyBundle(verifier, bytes, keys)),
      found: (news, report) => {
        found(news)
        const { epoch, head, at } = news.statement
        this.#seen = newestOf(seen(), { epoch, head, at })
        // A browser that keeps nothing reads the same again.
        keeping.push(
          putStored(seenName, this.#seen).catch(() => {}),
          pin.follow(report.keys),
        )
        if (report.mirrors !== null) keeping.push(keepList(report.mirrors))
      },
    })
    await Promise.all(keeping)
  }
}

function newestOf(one: Seen | null, other: Seen | null): Seen | null {
  if (one === null || other === null) return one ?? other
  const newest = isNewer(other, one) ? other : one
  return { ...newest, at: Date.parse(one.at) > Date.parse(other.at) ? one.at : other.at }
}
