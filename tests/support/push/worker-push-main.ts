import worker from '../../../src/worker/main.ts'
import { PushObject as Real } from '../../../src/worker/push/push-object.ts'

// The Worker as it is, and a way for tests to kill a push object in the middle of its work.

export class PushObject extends Real {
  override async fetch(): Promise<Response> {
    this.ctx.abort('killed by a test')
    return new Response()
  }
}

export { HubObject } from '../../../src/worker/hub/hub-object.ts'
export { LogObject } from '../../../src/worker/log/log-object.ts'
export { RelayObject } from '../../../src/worker/relay/relay-object.ts'

type Given = Parameters<NonNullable<(typeof worker)['fetch']>>

const killable = {
  async fetch(...[request, env, ctx]: Given): Promise<Response> {
    const shard = /^\/kill\/(\d+)$/.exec(new URL(request.url).pathname)?.[1]
    if (shard === undefined) return (await worker.fetch?.(request, env, ctx)) ?? new Response(null, { status: 500 })
    const object = env.PUSHERS.get(env.PUSHERS.idFromName(`shard ${shard}`))
    await object.fetch(new Request(request.url)).catch(() => undefined)
    return new Response(null, { status: 204 })
  },
}

export default killable
