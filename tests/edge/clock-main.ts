import type { Env } from '../../src/worker/env.ts'
import worker, { LogObject, PushObject, HubObject as RealHub, RelayObject } from '../../src/worker/main.ts'

// The Worker with a clock that a test sets on. POST /pass/<seconds> lets that time pass for the first hub of sockets, second
// by second, with the alarms that are due in it; POST /jump/<seconds> without them. The answer says how often that hub was
// made, and whether the platform answers pings for it. To be asked makes it too, if it sleeps.

const realNow = Date.now
let aheadMs = 0
Date.now = () => realNow() + aheadMs
let made = 0

type Looked = { readonly made: number; readonly answersPings: boolean }
type Clocked = { pass(seconds: number): Promise<Looked>; jump(seconds: number): Promise<Looked> }

class HubObject extends RealHub {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    made += 1
  }

  async pass(seconds: number): Promise<Looked> {
    for (let second = 0; second < seconds; second += 1) {
      aheadMs += 1_000
      const dueMs = await this.ctx.storage.getAlarm()
      if (dueMs === null || dueMs > Date.now()) continue
      await this.ctx.storage.deleteAlarm()
      await this.alarm()
    }
    return this.#look()
  }

  async jump(seconds: number): Promise<Looked> {
    aheadMs += seconds * 1_000
    return this.#look()
  }

  #look(): Looked {
    return { made, answersPings: this.ctx.getWebSocketAutoResponse() !== null }
  }
}

const clocked: ExportedHandler<Env> = {
  async fetch(request, env, ctx) {
    const [, how, seconds] = /^\/(pass|jump)\/(\d+)$/.exec(new URL(request.url).pathname) ?? []
    if (seconds === undefined) return (await worker.fetch?.(request, env, ctx)) ?? new Response(null, { status: 500 })
    const hub = env.HUBS.get(env.HUBS.idFromName('sockets enam 0')) as unknown as Clocked
    return Response.json(await (how === 'jump' ? hub.jump(Number(seconds)) : hub.pass(Number(seconds))))
  },
}

export { HubObject, LogObject, PushObject, RelayObject }
export default clocked
