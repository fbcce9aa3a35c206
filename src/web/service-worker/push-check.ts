import { epochOf, seqOf } from '../../protocol/cursor.ts'
import { KeyPin } from '../../signing/verify/key-pin.ts'
import { verifyPush } from '../../signing/verify/verify-push.ts'
import { putStored, readStored } from '../shared/browser-storage.ts'
import { askNewsroom, keptKeys } from '../shared/device/device-keys.ts'
import type { Mirrors } from '../shared/mirrors/mirror-list.ts'
import { withTimeout } from '../shared/timeout.ts'

// A script of its own, which the readers' service worker imports: each is small enough for a network that lets only some kilobytes of
// a connection pass.

/** What the service worker asks of it. A browser may have an older one than the worker, so this stays as it is. */
export type PushCheck = {
  /** Whether a push may be shown: what a pinned key has signed, and anything while none is pinned. Never rejects. */
  mayShow(payload: unknown): Promise<boolean>
  /** Pins the service's keys where none is pinned, and follows them once a day where one is. Never rejects. */
  pinFirst(): Promise<void>
  /** The keys that are pinned on this device. */
  readonly pin: KeyPin
}

const askedName = 'signing-keys-asked'
const askEachMs = 24 * 60 * 60_000
/** A push is shown in any case: browsers take them from sites that show nothing. */
const checkMsMax = 8_000

/** When the service last told its keys, in milliseconds since 1970. What `read` gives may be anything. */
type AskedAt = { read(): Promise<unknown>; write(ms: number): Promise<unknown> }

/** Checks pushes by the keys that are pinned on this device. `asked`: called when the service was asked for its keys. */
export function pushCheck(pin: KeyPin, askedAt: AskedAt, now: () => number, asked = async () => {}): PushCheck {
  return {
    pin,
    async mayShow(payload) {
      // A page may have pinned other keys since, by its reader's hand.
      await pin.readAgain()
      const keys = await pin.keys().catch(() => 'unknown')
      if (keys === null) return true
      // Where the storage does not answer nobody knows whether a key is pinned.
      if (keys === 'unknown') return false
      const { notification } = Object(payload) as { readonly notification?: unknown }
      const { cursor, proof } = Object(Object(notification).data) as Readonly<Record<string, unknown>>
      const place = typeof cursor === 'string' ? { epoch: epochOf(cursor), seq: seqOf(cursor) } : null
      const check = () => pin.check((verifier, trusted) => verifyPush(verifier, trusted, place, notification))
      const followed = async () => {
        const { key, succession } = Object(proof) as Readonly<Record<string, unknown>>
        const first = await check()
        if (first !== 'unknown-key') return first
        // Without a request, because all devices get the first push after a rotation at once.
        const next = (await pin.followNext(key, succession)) === 'followed' ? await check() : first
        if (next !== 'unknown-key') return next
        return (await pin.ask()) === 'followed' ? check() : next
      }
      const checked = await withTimeout(checkMsMax, followed).catch(() => 'forged' as const)
      // A device without Web Crypto verifies nothing, and has said so by pinning nothing.
      return checked === 'genuine'
    },
    async pinFirst() {
      await pin.readAgain()
      const keys = await pin.keys().catch(() => 'unknown')
      if (keys === 'unknown' || (keys !== null && !(await isDue()))) return
      if ((await pin.ask()) === 'no-answer') return
      await Promise.all([askedAt.write(now()).catch(() => {}), asked()])
    },
  }

  async function isDue(): Promise<boolean> {
    const ms = Number(await askedAt.read().catch(() => now()))
    // Without a sign: after a clock was set back it is not known how long ago it was. What is no time is due.
    return !(Math.abs(now() - ms) <= askEachMs)
  }
}

/** The list of mirrors that came with the keys. */
let offered: unknown

async function askKeys(): Promise<unknown> {
  const { signingKeys, mirrors } = await askNewsroom()
  offered = mirrors
  return signingKeys
}

const askedAt = { read: () => readStored(askedName), write: (ms: number) => putStored(askedName, ms) }
// One for all pushes, which knows when the service was asked.
const pin = new KeyPin({ storage: keptKeys, askKeys, now: Date.now })

const learn = async () => (globalThis as { readonly tocsinMirrors?: Mirrors }).tocsinMirrors?.learn(offered)

Object.assign(globalThis, { tocsinPushCheck: pushCheck(pin, askedAt, Date.now, learn) })
