import { type Env, logOf } from '../../src/worker/env.ts'
import worker, {
  HubObject as RealHub,
  LogObject as RealLog,
  PushObject as RealPush,
  RelayObject as RealRelay,
} from '../../src/worker/main.ts'

// The Worker with faults that a test can order: POST /fault/<name> makes the next occasion fail. POST /alarms/<how often>
// has every object's alarm go off so often while it cannot reach any other, and answers with what came of it.

type Faulty = { order(fault: string): Promise<void>; take(fault: string): Promise<boolean> }
type Poked = { poke(times: number): Promise<readonly string[]> }

const faultKey = 'fault'

/** The objects of a class, with something before each bell. */
function ringing<Objects extends Env['HUBS'] | Env['RELAYS']>(objects: Objects, before: () => Promise<void>): Objects {
  const get: Env['HUBS']['get'] = (...args) =>
    new Proxy(objects.get(...args), {
      get: (target, name) => (name === 'wake' ? () => before().then(() => target.wake()) : Reflect.get(target, name)),
    }) as ReturnType<Env['HUBS']['get']>
  const all = { idFromName: objects.idFromName.bind(objects), idFromString: objects.idFromString.bind(objects), get }
  return all as unknown as Objects
}

const away = new WeakSet<DurableObjectState>()

/** An object's surroundings, of whom nobody can be reached while its alarms are tried. */
function around(ctx: DurableObjectState, env: Env): Env {
  const reachable = <Objects extends { get(...given: never[]): unknown }>(objects: Objects): Objects =>
    new Proxy(objects, {
      get(target, name) {
        if (name === 'get' && away.has(ctx)) throw new Error('ordered by the test: nobody is there')
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  return {
    ...env,
    LOG: reachable(env.LOG),
    RELAYS: reachable(env.RELAYS),
    HUBS: reachable(env.HUBS),
    PUSHERS: reachable(env.PUSHERS),
  }
}

/** Has an alarm go off so often while nobody can be reached; says of each what came of it. */
async function tried(ctx: DurableObjectState, times: number, alarm: () => Promise<void>): Promise<readonly string[]> {
  const said: string[] = []
  away.add(ctx)
  for (let time = 0; time < times; time += 1) {
    await ctx.storage.deleteAlarm()
    try {
      await alarm()
      said.push((await ctx.storage.getAlarm()) === null ? 'no next alarm' : 'set again')
    } catch (error) {
      said.push(`threw ${error}`)
    }
  }
  away.delete(ctx)
  return said
}

/** Dies between the commit of an entry and the first bell, as often as it was ordered to. */
class LogObject extends RealLog {
  constructor(ctx: DurableObjectState, env: Env) {
    const before = () => this.#beforeRing()
    const near = around(ctx, env)
    super(ctx, { ...near, HUBS: ringing(near.HUBS, before) })
  }

  poke(times: number): Promise<readonly string[]> {
    return tried(this.ctx, times, () => this.alarm())
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

  async #beforeRing(): Promise<void> {
    if (!(await this.take('log-dies'))) return
    console.log('FAULT the log object dies')
    this.ctx.abort('ordered by the test')
  }
}

/** Dies when it has answered the log's bell and is about to ring its hubs. */
class RelayObject extends RealRelay {
  constructor(ctx: DurableObjectState, env: Env) {
    const before = () => this.#beforeRing()
    const near = around(ctx, env)
    super(ctx, { ...near, HUBS: ringing(near.HUBS, before) })
  }

  poke(times: number): Promise<readonly string[]> {
    return tried(this.ctx, times, () => this.alarm())
  }

  async #beforeRing(): Promise<void> {
    if (!(await (logOf(this.env) as unknown as Faulty).take('relay-dies'))) return
    // What it was asked before is answered first.
    await scheduler.wait(50)
    console.log('FAULT the relay dies')
    this.ctx.abort('ordered by the test')
  }
}

/** Says when it is made; dies at a bell when ordered to. */
class HubObject extends RealHub {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, around(ctx, env))
    console.log(`HUB made with ${ctx.getWebSockets().length} sockets`)
  }

  poke(times: number): Promise<readonly string[]> {
    return tried(this.ctx, times, () => this.alarm())
  }

  override async wake(): Promise<number> {
    const fault = await (logOf(this.env) as unknown as Faulty).take('hub-dies')
    if (fault) {
      console.log('FAULT the hub dies')
      this.ctx.abort('ordered by the test')
    }
    return super.wake()
  }
}

class PushObject extends RealPush {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, around(ctx, env))
  }

  poke(times: number): Promise<readonly string[]> {
    return tried(this.ctx, times, () => this.alarm())
  }
}

/** The first of each class that there is. */
function firsts(env: Env): Readonly<Record<string, Poked>> {
  return {
    log: logOf(env) as unknown as Poked,
    relay: env.RELAYS.get(env.RELAYS.idFromName('relay-0')) as unknown as Poked,
    hub: env.HUBS.get(env.HUBS.idFromName('sockets enam 0')) as unknown as Poked,
    shard: env.PUSHERS.get(env.PUSHERS.idFromName('shard 0')) as unknown as Poked,
  }
}

const faulty: ExportedHandler<Env> = {
  async fetch(request, env, ctx) {
    const [, what, how] = /^\/(fault|alarms)\/([a-z0-9-]+)$/.exec(new URL(request.url).pathname) ?? []
    if (how === undefined) return (await worker.fetch?.(request, env, ctx)) ?? new Response(null, { status: 500 })
    if (what === 'alarms') {
      const poking = Object.entries(firsts(env)).map(async ([name, it]) => [name, await it.poke(Number(how))] as const)
      return Response.json(Object.fromEntries(await Promise.all(poking)))
    }
    await (logOf(env) as unknown as Faulty).order(how)
    return new Response(null, { status: 204 })
  },
}

export { HubObject, LogObject, PushObject, RelayObject }
export default faulty
