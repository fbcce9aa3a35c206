import type { Authority } from '../../auth/editor.ts'
import type { KeyedRequest } from '../../auth/keyed-request.ts'
import { parse } from '../../domain/parsing/parse.ts'
import { invalid, Problem } from '../../domain/problem.ts'
import type { AuditLog } from '../audit.ts'
import { formerSecretMs, formerSecrets, sealFormerSecrets } from './former-secrets.ts'
import { newWebhookSecret, signedHeaders } from './signature.ts'
import { openTarget } from './target.ts'
import {
  changedWebhookSchema,
  type DeadLetter,
  newWebhookSchema,
  type StoredWebhook,
  type Webhook,
  webhooksMax,
} from './webhook.ts'
import { testBody } from './webhook-event.ts'
import { openText, sealText, type TextCipher } from './webhook-keys.ts'
import type { WebhookAnswer, WebhookSend } from './webhook-outbox.ts'
import type { DeadLetterPart, DeadLetterStore, NewSecret, ReplayPart, WebhookStore } from './webhook-store.ts'
import { type UrlFault, webhookUrlFault } from './webhook-url.ts'

/** So many others may give a webhook a secret while one is being made. */
const triesMax = 20

type Deps = {
  readonly webhooks: WebhookStore & DeadLetterStore
  readonly audit: Pick<AuditLog, 'note'>
  readonly cipher: TextCipher
  readonly send: WebhookSend
  /** Hosts of the own network that the operator allows. */
  readonly localHosts: readonly string[]
  readonly now: () => number
  /** A new UUIDv7. */
  readonly newId: () => string
}

type WithSecret = { readonly webhook: Webhook; readonly secret: string }

/** What admins do with webhooks. Each method throws a Problem, and then nothing has changed. */
export class Webhooks {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Makes a webhook. Its secret is given once, and again to the same request. */
  async make(input: unknown, by: Authority, request?: KeyedRequest): Promise<WithSecret> {
    const { url, ...said } = this.#parsed(newWebhookSchema, input)
    const { webhooks, cipher, newId } = this.#deps
    const id = newId()
    const sealed = {
      address: await sealText(cipher, id, 'address', url),
      secret: await sealText(cipher, id, 'secret', newWebhookSecret()),
    }
    const made = { id, ...said, createdAt: this.#at(), ...sealed }
    return this.#withSecret(existing(await webhooks.add(made, by, webhooksMax, request)))
  }

  async list(): Promise<readonly Webhook[]> {
    return Promise.all((await this.#deps.webhooks.list()).map((it) => this.#opened(it)))
  }

  async read(id: string): Promise<Webhook> {
    return this.#opened(await this.#stored(id))
  }

  /** Changes all that can be changed of it. */
  async change(id: string, input: unknown, by: Authority): Promise<Webhook> {
    const { url, ...said } = this.#parsed(changedWebhookSchema, input)
    const { webhooks, cipher } = this.#deps
    const address = await sealText(cipher, id, 'address', url)
    return shown(existing(await webhooks.change(id, { ...said, address }, by)), url)
  }

  /** Gives it another secret. For a day messages are signed with each former one as well. */
  async rotate(id: string, by: Authority, request?: KeyedRequest): Promise<WithSecret> {
    for (let tries = 0; tries < triesMax; tries += 1) {
      const replaced = await this.#stored(id)
      const rotated = await this.#deps.webhooks.rotate(id, await this.#newSecret(replaced), by, request)
      if (rotated !== 'replaced') return this.#withSecret(existing(rotated))
    }
    throw new Error('a secret was replaced again and again while another was being made')
  }

  async #newSecret({ id, secret, former, formerSecretUntil }: StoredWebhook): Promise<NewSecret> {
    const { cipher, now } = this.#deps
    const formerUntil = new Date(now() + formerSecretMs).toISOString()
    const others = await formerSecrets(cipher, { webhookId: id, former, formerUntil: formerSecretUntil }, now())
    const replaced = { secret: await openText(cipher, id, 'secret', secret), until: formerUntil }
    return {
      secret: await sealText(cipher, id, 'secret', newWebhookSecret()),
      former: await sealFormerSecrets(cipher, id, [replaced, ...others]),
      formerUntil,
      replaces: secret,
    }
  }

  async remove(id: string, by: Authority): Promise<void> {
    if (!(await this.#deps.webhooks.remove(id, by))) throw noWebhook()
  }

  /** Sends a message of the type `webhook.test` at once, one attempt, and gives what was answered. */
  async test(id: string, by: Authority): Promise<WebhookAnswer> {
    const { audit, cipher, send, localHosts, now, newId } = this.#deps
    const stored = await this.#stored(id)
    const sealed = { ...stored, webhookId: id, formerUntil: stored.formerSecretUntil }
    // Signed as every message is: a receiver that still has the former secret accepts it too.
    const { url, secrets } = await openTarget(cipher, sealed, now())
    const fault = webhookUrlFault(url, localHosts)
    if (fault !== null) throw refusedUrl(fault)
    await audit.note('webhook-tested', { webhook: { id, name: stored.name } }, by)
    const body = testBody(this.#at(), stored.name)
    const message = { id: `msg_${newId()}`, timestampSeconds: Math.floor(now() / 1_000), body }
    return send({ url, headers: await signedHeaders(message, secrets), body })
  }

  async deadLetters(part: DeadLetterPart): Promise<readonly DeadLetter[]> {
    const letters = await this.#deps.webhooks.deadLetters(part)
    if (letters.length === 0 && part.webhookId !== undefined) await this.#stored(part.webhookId)
    return letters
  }

  /** Sends dead letters again, with the id that they had. How many there were. */
  async replay(which: ReplayPart, by: Authority): Promise<number> {
    const count = await this.#deps.webhooks.replay(which, by)
    if (count === 0 && 'webhookId' in which) await this.#stored(which.webhookId)
    if (count === 0 && 'messageId' in which)
      throw new Problem(
        404,
        'no-such-message',
        'There is no dead letter with this id. It may have been sent again already.',
      )
    return count
  }

  #parsed<Schema extends typeof newWebhookSchema>(schema: Schema, input: unknown) {
    const parsed = parse(schema, input, 'webhook')
    const fault = webhookUrlFault(parsed.url, this.#deps.localHosts)
    if (fault !== null) throw refusedUrl(fault)
    return { ...parsed, url: new URL(parsed.url).href }
  }

  async #withSecret(stored: StoredWebhook): Promise<WithSecret> {
    const secret = await openText(this.#deps.cipher, stored.id, 'secret', stored.secret)
    return { webhook: await this.#opened(stored), secret }
  }

  async #stored(id: string): Promise<StoredWebhook> {
    return existing((await this.#deps.webhooks.list()).find((it) => it.id === id) ?? null)
  }

  async #opened(stored: StoredWebhook): Promise<Webhook> {
    return shown(stored, await openText(this.#deps.cipher, stored.id, 'address', stored.address))
  }

  #at(): string {
    return new Date(this.#deps.now()).toISOString()
  }
}

function shown(
  { address: _address, secret: _secret, former: _former, ...webhook }: StoredWebhook,
  url: string,
): Webhook {
  return { ...webhook, url }
}

function existing<Found>(found: Found | null): Found {
  if (found === null) throw noWebhook()
  return found
}

function noWebhook(): Problem {
  return new Problem(404, 'no-such-webhook', 'There is no webhook with this id. Look in /v1/desk/webhooks.')
}

function refusedUrl({ code, detail, host }: UrlFault): Problem {
  return invalid('webhook', [{ pointer: '/url', code, detail, values: { host } }])
}
