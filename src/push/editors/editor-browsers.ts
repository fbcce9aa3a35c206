import * as z from 'zod'
import type { Authority } from '../../auth/editor.ts'
import { parse } from '../../domain/parsing/parse.ts'
import { Problem, parseAll } from '../../domain/problem.ts'
import { deskLanguages } from '../../locales/locales.ts'
import type { AddressEncryption } from '../crypto/address-encryption.ts'
import { keyIdOf, type VapidSettings } from '../crypto/public-vapid.ts'
import { pushAddressOf, pushSubscriptionSchema, refusalsIn } from '../subscriptions/push-address.ts'
import type { PushAddress } from '../subscriptions/subscription.ts'
import type { EditorBrowserStore } from './editor-browser-store.ts'

/** How many browsers an editor may have; a further one ends the oldest. */
const browsersMax = 10

/** The body of `POST /v1/desk/notifications`. */
export const editorBrowserSchema = z.strictObject({
  subscription: pushSubscriptionSchema,
  vapidPublicKey: z.string().optional().describe('The VAPID key that the browser subscribed with.'),
  language: z
    .enum(deskLanguages as [string, ...string[]])
    .default('en')
    .describe('What notifications are written in.'),
})

type Deps = {
  readonly browsers: EditorBrowserStore
  /** Rejects while the push secret is the wrong one. */
  readonly encryption: () => Promise<AddressEncryption>
  readonly vapid: VapidSettings
  readonly pushHosts: readonly string[]
  readonly now: () => number
  /** A new UUIDv7. */
  readonly newId: () => string
}

/** The browsers that editors are told in. Each method throws a Problem, and then nothing has changed. */
export class EditorBrowsers {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Turns notifications on in the browser that is described. The same again changes nothing. */
  async turnOn(input: unknown, by: Authority): Promise<{ readonly id: string; readonly made: boolean }> {
    const { browsers, pushHosts, vapid, newId, now } = this.#deps
    const { subscription } = Object(input)
    const { body, vapidKeyId } = parseAll('push subscription', {
      body: () => parse(editorBrowserSchema, input, 'push subscription'),
      ...refusalsIn(subscription, pushHosts, '/subscription'),
      vapidKeyId: () => keyIdOf(vapid, { vapidPublicKey: textOr(Object(input).vapidPublicKey) }),
    })
    const address = pushAddressOf(body.subscription, pushHosts)
    const encryption = await this.#deps.encryption()
    const endpointHash = await encryption.endpointHash(address.endpoint)
    const sealed = { endpointHash, address: await encryption.encrypt(address, endpointHash) }
    const stored = { id: newId(), ...sealed, vapidKeyId, language: body.language }
    const before = await browsers.addressOf(endpointHash)
    const isSame = before !== null && isSameAddress(await encryption.decrypt(before, endpointHash), address)
    const createdAt = new Date(now()).toISOString()
    return browsers.put({ ...stored, createdAt }, by, browsersMax, isSame ? before : null)
  }

  /** Where the editor has them on, by day. */
  async list(by: Authority): Promise<readonly { readonly id: string; readonly since: string }[]> {
    const found = await this.#deps.browsers.list(by)
    return found.map(({ id, createdAt }) => ({ id, since: createdAt.slice(0, 10) }))
  }

  async turnOff(id: string, by: Authority): Promise<void> {
    if (await this.#deps.browsers.remove(id, by)) return
    throw new Problem(
      404,
      'no-such-browser',
      'You have no browser with this id that gets notifications. Look in /v1/desk/notifications.',
    )
  }
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Whether it has the keys too: an endpoint alone is no proof of a browser. */
function isSameAddress(one: PushAddress, other: PushAddress): boolean {
  return one.endpoint === other.endpoint && one.p256dh === other.p256dh && one.auth === other.auth
}
