import { DurableObject } from 'cloudflare:workers'
import type { ItemStore } from '../../src/desk/items/item-store.ts'
import type { PresenceStore } from '../../src/desk/items/presence.ts'
import { Problem, type ProblemBody } from '../../src/domain/problem.ts'
import { SqliteAudit } from '../../src/store/sqlite/desk/sqlite-audit.ts'
import { SqliteItems } from '../../src/store/sqlite/desk/sqlite-items.ts'
import { SqliteEditors } from '../../src/store/sqlite/sqlite-editors.ts'
import { SqliteLog } from '../../src/store/sqlite/sqlite-log.ts'
import { SqlitePause } from '../../src/store/sqlite/sqlite-pause.ts'
import { durableSql } from '../../src/worker/durable-sql.ts'
import type { ItemStoresRig } from '../contracts/items/items-rig.ts'
import { type ModelDesk, openModel } from '../contracts/items/model/run-schedule.ts'
import type { Schedule } from '../contracts/items/model/schedule.ts'
import { type CrashingSql, crashingSql } from '../support/storage/crashing-sql.ts'

// The stores of the desk in a Durable Object, and beside them in the Worker the desk that runs schedules on them. POST /run
// runs one, and answers what it published or what did not hold. GET /published?name=… says what an object has published.

type Stores = Omit<ItemStoresRig, 'reopen' | 'crashAt'> & { readonly presence: PresenceStore }
type Answer = { readonly value?: unknown; readonly problem?: ProblemBody }
type Env = { readonly LOG: DurableObjectNamespace<ItemsObject> }

/** The stores of the desk in the object's own database. They are called with plain values. */
class ItemsObject extends DurableObject {
  readonly #sql: CrashingSql
  readonly #stores: Stores

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#sql = crashingSql(durableSql(ctx.storage), () => {
      ctx.abort('ordered by the test')
      throw new Error('ordered by the test')
    })
    const log = new SqliteLog(this.#sql, 'epoch1')
    const items = new SqliteItems(this.#sql, log)
    this.#stores = {
      ...{ log, items, presence: items.presence, editors: new SqliteEditors(this.#sql) },
      ...{ pauses: new SqlitePause(this.#sql), audit: new SqliteAudit(this.#sql) },
    }
  }

  /** Calls a method of one of the stores; JSON in and out, because errors lose their fields on the way. */
  async call(store: keyof Stores, method: string, given: string): Promise<string> {
    const methods = this.#stores[store] as unknown as Record<string, (...given: readonly unknown[]) => unknown>
    try {
      return JSON.stringify({ value: await methods[method]?.call(methods, ...JSON.parse(given)) } satisfies Answer)
    } catch (error) {
      if (error instanceof Problem) return JSON.stringify({ problem: error.body() } satisfies Answer)
      throw error
    }
  }

  async crashAt(point: number): Promise<void> {
    this.#sql.crashAt(point)
  }

  /** Ends this object, whatever it does. */
  async end(): Promise<void> {
    this.ctx.abort('ordered by the test')
  }
}

/** The stores of an object, called from outside. Each call has a stub of its own: a stub breaks when its object ends. */
function storesOf(env: Env, name: string): ItemStoresRig {
  const stub = () => env.LOG.get(env.LOG.idFromName(name))
  let ordered: Promise<unknown> = Promise.resolve()
  const remote = <Store extends object>(store: keyof Stores): Store =>
    new Proxy({} as Store, {
      get(_, method) {
        if (store === 'items' && method === 'presence') return remote('presence')
        return async (...given: readonly unknown[]) => {
          await ordered
          const answer = JSON.parse(await stub().call(store, String(method), JSON.stringify(given))) as Answer
          if (answer.problem !== undefined) throw problemOf(answer.problem)
          return answer.value
        }
      },
    })
  return {
    ...{ log: remote('log'), items: remote<ItemStore>('items'), editors: remote('editors') },
    ...{ pauses: remote('pauses'), audit: remote('audit') },
    crashAt(point) {
      ordered = stub().crashAt(point)
    },
    async reopen() {
      await stub()
        .end()
        .catch(() => {})
      return storesOf(env, name)
    },
  }
}

function problemOf({ type: _, title: __, status, code, detail, errors = [], ...extensions }: ProblemBody): Problem {
  return new Problem(status, code, detail, { errors, extensions })
}

/** The desk of each object that schedules were run on. */
const desks = new Map<string, Promise<ModelDesk>>()

const runner: ExportedHandler<Env> = {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url)
    const name = searchParams.get('name') ?? ''
    if (pathname === '/published') return Response.json(await publishedIn(storesOf(env, name)))
    if (pathname !== '/run') return new Response(null, { status: 404 })
    try {
      const desk = desks.get(name) ?? openModel(async () => storesOf(env, name))
      desks.set(name, desk)
      return Response.json({ published: await (await desk).run((await request.json()) as Schedule) })
    } catch (error) {
      return Response.json({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  },
}

/** The alerts in the log, and the items that the audit log calls published. */
async function publishedIn({ log, audit }: ItemStoresRig) {
  const entries = []
  for (let seq = 0; ; seq = entries.length) {
    const page = await log.after(seq, 500)
    entries.push(...page.map(({ alert }) => alert.id))
    if (page.length < 500) break
  }
  const lines = []
  for (let before: number | undefined; ; before = lines.at(-1)?.id) {
    const page = await audit.read({ limit: 200, act: 'published', ...(before === undefined ? {} : { before }) })
    lines.push(...page)
    if (page.length < 200) break
  }
  return { entries, noted: lines.map(({ alertId }) => alertId).toReversed() }
}

export { ItemsObject as HubObject, ItemsObject as LogObject, ItemsObject as PushObject, ItemsObject as RelayObject }
export default runner
