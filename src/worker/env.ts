import type { HubCalls, LogCalls, PushCalls, RelayCalls } from './rpc.ts'

/** A Durable Object's stub: its remote calls, and `fetch` for its routes. */
type Stub<Calls> = Calls & { fetch(request: Request): Promise<Response> }

/** One class of Durable Objects. */
type Objects<Calls> = {
  idFromName(name: string): DurableObjectId
  idFromString(id: string): DurableObjectId
  get(id: DurableObjectId, options?: { readonly locationHint?: DurableObjectLocationHint }): Stub<Calls>
}

/** The bindings of wrangler.toml, and the settings: variables and secrets, all optional. */
export type Env = {
  readonly LOG: Objects<LogCalls>
  readonly RELAYS: Objects<RelayCalls>
  readonly HUBS: Objects<HubCalls>
  readonly PUSHERS: Objects<PushCalls>
  readonly [setting: string]: unknown
}

/** The one log object. */
export function logOf(env: Env): Stub<LogCalls> {
  return env.LOG.get(env.LOG.idFromName('log'))
}

/** The log object's calls with a new stub for each: a stub is for one request, and breaks when its object ends. */
export function logWithFreshStubs(env: Env): Pick<LogCalls, 'bounds' | 'after' | 'holder' | 'pause' | 'editorIds'> {
  return {
    bounds: () => logOf(env).bounds(),
    after: (cursor, limit) => logOf(env).after(cursor, limit),
    holder: (credential, at) => logOf(env).holder(credential, at),
    pause: () => logOf(env).pause(),
    editorIds: () => logOf(env).editorIds(),
  }
}
