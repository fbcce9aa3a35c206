import { type Env, logOf } from '../../src/worker/env.ts'
import worker, { PushObject, HubObject as RealHub, LogObject as RealLog, RelayObject } from '../../src/worker/main.ts'

// The Worker with faults that a test can order: POST /fault/<name> makes the next occasion fail.

type Faulty = { order(fault: string): Promise<void> }

const faultKey = 'fault'

/** Dies between the commit of an entry and the first bell, as often as it was ordered to. */
class LogObject extends RealLog {
  constructor(ctx: DurableObjectState, env: Env) {
    const hubs = env.HUBS
    const get: Env['HUBS']['get'] = (...args) => {
      const stub = hubs.get(...args)
      return new Proxy(stub, {
        get: (target, name) =>
          name === 'ring' ? () => this.#beforeRing(() => target.ring()) : Reflect.get(target, name),
      })
    }
    super(ctx, {
      ...env,
      HUBS: { idFromName: (it) => hubs.idFromName(it), idFromString: (it) => hubs.idFromString(it), get },
    })
  }

  async order(fault: string): Promise<void> {
    this.ctx.storage.kv.put(faultKey, fault)
  }

  /** Whether this fault was ordered; once. */
  async take(fault: string): Promise<boolean> {
    if (this.ctx.storage.kv.get(faultKey) !== fault) return false
    this.ctx.storage.kv.delete(faultKey)
    await this.ctx.storage.sync()
    return true
  }

  async #beforeRing(ring: () => Promise<number>): Promise<number> {
    if (!(await this.take('log-dies'))) return ring()
    console.log('FAULT the log object dies')
    this.ctx.abort('ordered by the test')
    return 0
  }
}

/** Says when it is made; dies at a bell when ordered to. */
class HubObject extends RealHub {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    console.log(`HUB made with ${ctx.getWebSockets().length} sockets`)
  }

  override async ring(): Promise<number> {
    const fault = await (logOf(this.env) as unknown as { take(fault: string): Promise<boolean> }).take('hub-dies')
    if (fault) {
      console.log('FAULT the hub dies')
      this.ctx.abort('ordered by the test')
    }
    return super.ring()
  }
}

const faulty: ExportedHandler<Env> = {
  async fetch(request, env, ctx) {
    const [, fault] = /^\/fault\/([a-z-]+)$/.exec(new URL(request.url).pathname) ?? []
    if (fault === undefined) return (await worker.fetch?.(request, env, ctx)) ?? new Response(null, { status: 500 })
    await (logOf(env) as unknown as Faulty).order(fault)
    return new Response(null, { status: 204 })
  },
}

export { HubObject, LogObject, PushObject, RelayObject }
export default faulty
