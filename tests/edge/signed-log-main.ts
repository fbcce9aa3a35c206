import { DurableObject } from 'cloudflare:workers'
import type { SigningDeps } from '../../src/log/sign-entry.ts'
import { renewEpoch, SqliteLog } from '../../src/store/sqlite/sqlite-log.ts'
import { durableSql } from '../../src/worker/durable-sql.ts'
import { workerSigner } from '../../src/worker/signing/worker-signer.ts'

// The log in a Durable Object, which signs by workerd's own Ed25519. POST /?name=…&opening=… calls a method of it, or of its
// signing, on one of several logs over the object's database.

type Env = { readonly LOG: DurableObjectNamespace<SignedLogObject> }
type Call = { readonly on: 'log' | 'signing' | 'place'; readonly method: string; readonly given: readonly unknown[] }
/** What signs comes as its seed: a key has no JSON. */
type Given = { readonly seed: readonly number[]; readonly newsroom: SigningDeps['newsroom'] }

class SignedLogObject extends DurableObject {
  readonly #sql = durableSql(this.ctx.storage)
  readonly #logs = new Map<string, SqliteLog>()

  /** JSON in and out: the test that calls it is in another process. */
  async call(opening: string, { on, method, given }: Call): Promise<string> {
    if (on === 'place') return this.#change(method)
    const log = this.#logs.get(opening) ?? new SqliteLog(this.#sql, 'epoch1')
    this.#logs.set(opening, log)
    if (method === 'begin') {
      const [{ seed, newsroom }] = given as readonly [Given]
      log.signing.begin({ signer: workerSigner(Uint8Array.from(seed)), newsroom })
      return '{}'
    }
    const methods = (on === 'log' ? log : log.signing) as unknown as Record<string, (...given: unknown[]) => unknown>
    return JSON.stringify({ value: await methods[method]?.call(methods, ...given) })
  }

  #change(method: string): string {
    if (method === 'renew') renewEpoch(this.#sql, 'epoch2')
    // All that it held in memory is gone.
    else this.ctx.abort('ordered by the test')
    return '{}'
  }
}

const caller: ExportedHandler<Env> = {
  async fetch(request, env) {
    const { searchParams } = new URL(request.url)
    const object = env.LOG.get(env.LOG.idFromName(searchParams.get('name') ?? ''))
    try {
      return new Response(await object.call(searchParams.get('opening') ?? '', await request.json()))
    } catch (error) {
      return Response.json({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  },
}

export {
  SignedLogObject as HubObject,
  SignedLogObject as LogObject,
  SignedLogObject as PushObject,
  SignedLogObject as RelayObject,
}
export default caller
