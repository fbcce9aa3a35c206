import { DurableObject } from 'cloudflare:workers'
import type { Alert } from '../../domain/alert-types.ts'
import { eventRoutes } from '../../http/api/events.ts'
import { createPart, problemOf } from '../../http/app.ts'
import type { App } from '../../http/app-env.ts'
import { openProblem } from '../../http/cors.ts'
import { KeyWatch } from '../../hub/key-watch.ts'
import type { Subscriber } from '../../hub/subscriber.ts'
import type { Seq } from '../../log/log.ts'
import type { StreamRequest } from '../../protocol/stream-request.ts'
import { newsroom } from '../bundled-newsroom.ts'
import { type Env, logOf, logWithFreshStubs } from '../env.ts'
import { remoteEditors } from '../remote-editors.ts'
import { report } from '../report.ts'
import type { HubCalls, Upstream } from '../rpc.ts'
import { numberSetting, publicUrlOf } from '../worker-settings.ts'
import { headOfEvents, serveEdgeEventStream } from './edge-events.ts'
import { acceptWithoutHibernation, EdgeSocket, storedAttachment } from './edge-socket.ts'
import { HubAlarm } from './hub-alarm.ts'
import { answerClose, closeUnknown, hubFull, protocolHeaders, streamRequestOf } from './hub-request.ts'
import { LiveHub } from './live-hub.ts'
import { setPingResponse } from './ping-response.ts'
import { receiveMessage } from './reader-message.ts'
import { beginningAt, upstreamOf } from './upstream.ts'

/** Time awake is billed, so the heartbeat is slower than on Node, but faster than proxies' idle time-outs. */
const heartbeatSeconds = 60
/** The platform allows 32,768 sockets (https://developers.cloudflare.com/durable-objects/platform/limits/), but a sweep is one step. */
const readersMaxUsual = 5_000
const replayEntriesMax = 2_000
const errorMs = 2_000
/** An alarm wakes for each tick, so heartbeats of one second come together. */
const limits = { heartbeatSeconds, replayEntriesMax, heartbeatTickMs: 1_000, hotEntriesMax: 512 }

/**
 * A hub of some thousands of readers. Its sockets hibernate while nothing happens: the object is removed from memory and
 * created again at the next wake-up, and each reader continues from the seq in the socket's attachment.
 */
export class HubObject extends DurableObject<Env> implements HubCalls {
  readonly #deps
  readonly #app: App
  readonly #sockets = new Map<WebSocket, EdgeSocket>()
  readonly #readersMax: number
  readonly #alarm: HubAlarm
  #streams = 0
  #coming = 0 // Readers who are joining. They count as readers, and the hub stays awake for them.
  #upstream: Upstream | null = null
  #live: LiveHub | null = null
  #keys: KeyWatch | null = null
  #opening: Promise<LiveHub> | null = null
  #leaving: Promise<void> | null = null

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const editors = remoteEditors(logWithFreshStubs(env))
    this.#deps = { editors, newsroom, now: Date.now, publicUrl: publicUrlOf(env), report }
    this.#readersMax = numberSetting(env, 'HUB_READERS_MAX', readersMaxUsual)
    this.#alarm = new HubAlarm(ctx.storage, heartbeatSeconds)
    this.#app = createPart(this.#deps)
    eventRoutes(this.#app, { newsroom, events: (request, raw) => this.#stream(request, raw) }, { isForwarded: true })
    this.#wake()
  }

  /** `/v1/socket` and `/v1/events`. */
  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return this.#app.fetch(request, { request })
    try {
      return await this.#join(request)
    } catch (error) {
      return openProblem(problemOf(error, 'opening a socket', report))
    }
  }

  async wake(): Promise<Seq> {
    if (this.#live === null) return (await this.#reading().bounds()).head
    const reached = await this.#pull(this.#live)
    // A wake-up without a new entry means that a key may have ended.
    if (this.#keys?.size) await this.#keys.look()
    return reached
  }

  async countByLanguage(alert: Alert): Promise<readonly (readonly [string, number])[]> {
    return [...(this.#live?.hub.countByLanguage(alert) ?? [])]
  }

  async size(): Promise<number> {
    return this.#readers
  }

  /** At each heartbeat: reads the log even without a wake-up, and sends the head to all. Earlier: only to those who are due. */
  override async alarm(): Promise<void> {
    try {
      await this.#beat()
    } catch (error) {
      report(error, 'beating')
      void this.ctx.storage.setAlarm(Date.now() + errorMs)
    }
  }

  async #beat(): Promise<void> {
    const live = this.#live
    if (this.#readers + this.#coming === 0) return this.#rest()
    // The first reader is joining; that sets the alarm again.
    if (live === null) return
    this.#keys?.endDue()
    const { isUsual } = this.#alarm
    this.#beatLater()
    if (isUsual) {
      await this.#pull(live).catch((error: unknown) => report(error, 'reading on in the log'))
      for (let slot = 0; slot < heartbeatSeconds; slot += 1) live.hub.beat(slot)
      this.#alarm.usualDone()
    }
    live.hub.beatOwn()
    for (const reader of this.#sockets.values()) reader.keep(live.hub.bounds)
    if (isUsual) await this.#keys?.lookQuietly()
    this.#beatLater()
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    const reader = this.#sockets.get(socket)
    if (reader === undefined || this.#live === null) return
    const close = receiveMessage(this.#live.hub, reader, message)
    if (close === null) return
    this.#leave(socket)
    socket.close(close.code, close.reason)
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    this.#leave(socket)
    answerClose(socket, code, reason)
  }

  override webSocketError(socket: WebSocket): void {
    this.#leave(socket)
  }

  /** Restores the readers of before the hibernation. */
  #wake(): void {
    const hibernated = this.ctx.getWebSockets().map((socket) => ({ socket, kept: storedAttachment(socket) }))
    const [first] = hibernated.flatMap(({ kept }) => (kept === null ? [] : [kept]))
    if (first === undefined) {
      for (const { socket } of hibernated) closeUnknown(socket)
      return
    }
    const seqs = hibernated.map(({ kept }) => kept?.seq ?? 0)
    const bounds = { epoch: first.epoch, floor: first.floor, head: Math.max(...seqs) }
    const live = this.#makeLive(bounds)
    for (const { socket, kept } of hibernated) {
      if (kept === null) {
        closeUnknown(socket)
        continue
      }
      const reader = new EdgeSocket(socket, kept)
      this.#sockets.set(socket, reader)
      reader.subscriber = live.hub.restore(reader, kept.interest, kept.seq, kept.terms, kept.left)
    }
  }

  async #join(request: Request): Promise<Response> {
    const asked = await streamRequestOf(this.#deps, request)
    const headers = protocolHeaders(request)
    const { 0: client, 1: server } = new WebSocketPair()
    // Test streams are few, and their hubs are awake anyway.
    const sleeps = !asked.credential
    const reader = new EdgeSocket(server, null, { sleeps, terms: asked.terms })
    const live = await this.#enter(asked, ({ hub }) => {
      if (sleeps) this.ctx.acceptWebSocket(server)
      else
        acceptWithoutHibernation(server, {
          message: (...heard) => this.webSocketMessage(...heard),
          gone: (it) => this.#leave(it),
        })
      this.#sockets.set(server, reader)
      reader.subscriber = hub.join(reader, asked.interest, asked.after, asked)
      this.#watch(reader.subscriber, asked)
    })
    // A replay from the entries that were read ahead is written in this synchronous step; then the reader is at the head.
    await scheduler.wait(0)
    reader.keep(live.hub.bounds)
    if (asked.terms !== undefined) this.#setPingResponse(live)
    return new Response(null, { status: 101, webSocket: client, headers })
  }

  async #stream(asked: StreamRequest, raw: unknown): Promise<Response> {
    let answer = headOfEvents(limits, asked.terms)
    if ((raw as { request: Request }).request.method === 'HEAD') return answer
    await this.#enter(asked, ({ hub }) => {
      this.#streams += 1
      const joined = (subscriber: Subscriber) => this.#watch(subscriber, asked)
      answer = serveEdgeEventStream(hub, asked, { joined, gone: () => void this.#streams-- })
    })
    return answer
  }

  /** Ends a test stream when its key or session ends, which may have happened while the reader joined. */
  #watch(subscriber: Subscriber, { credential }: StreamRequest): void {
    if (!credential || this.#keys === null) return
    this.#keys.watch(subscriber, credential)
    this.ctx.waitUntil(this.#keys.lookQuietly().then(() => this.#beatLater()))
  }

  /** Admits a reader once the hub has reached the reader's cursor. Throws a Problem when the hub is full. */
  async #enter({ after, terms }: StreamRequest, enter: (live: LiveHub) => void): Promise<LiveHub> {
    if (this.#readers + this.#coming >= this.#readersMax) throw hubFull()
    this.#coming += 1
    try {
      const live = this.#live ?? (await this.#open())
      await live.prepare(after)
      enter(live)
      if (terms?.heartbeatSeconds !== undefined) this.#beatLater()
      return live
    } finally {
      this.#coming -= 1
    }
  }

  /** At the first reader: subscribes to wake-ups, then reads the log's head. */
  #open(): Promise<LiveHub> {
    this.#opening ??= this.#begin().finally(() => {
      this.#opening = null
    })
    return this.#opening
  }

  async #begin(): Promise<LiveHub> {
    const id = this.ctx.id.toString()
    // In this order: a late `dismiss` would end the wake-ups that `enlist` begins.
    await this.#leaving?.catch(() => undefined)
    this.ctx.storage.kv.put('relay', await logOf(this.env).relayOf(id))
    this.#upstream = null
    const upstream = this.#reading()
    await upstream.enlist('hub', id)
    const { bounds, recent } = await beginningAt(upstream)
    const live = this.#makeLive(bounds, recent)
    this.#setPingResponse(live)
    this.#alarm.usualDone()
    this.#beatLater()
    return live
  }

  #makeLive(
    ...given: readonly [ConstructorParameters<typeof LiveHub>[1], ConstructorParameters<typeof LiveHub>[2]?]
  ): LiveHub {
    const upstream = this.#reading()
    const moved = () => this.#moved(live)
    const endDue = () => this.#keys?.endDue()
    const live = new LiveHub({ upstream, newsroom, limits, now: Date.now, report, moved, endDue }, ...given)
    this.#live = live
    this.#keys = new KeyWatch({ hub: live.hub, editors: this.#deps.editors, now: Date.now, report })
    return live
  }

  async #pull(live: LiveHub): Promise<Seq> {
    return live.pull().catch((error: unknown) => {
      // The entry is not the next one, so this hub's state is wrong.
      if (error instanceof Error && error.message.startsWith('the hub is at')) this.ctx.abort(error.message)
      throw error
    })
  }

  #moved(live: LiveHub): void {
    for (const reader of this.#sockets.values()) reader.keep(live.hub.bounds)
    this.#setPingResponse(live)
  }

  #setPingResponse(live: LiveHub): void {
    setPingResponse(this.ctx, live.hub.bounds, this.#sockets.values())
  }

  #beatLater(): void {
    this.#alarm.set(this.#keys?.endsMs, this.#live?.hub.nextOwnBeatMs)
  }

  /** Without readers: ends the wake-ups. */
  async #rest(): Promise<void> {
    this.#live = null
    this.#keys = null
    this.#leaving = this.#reading().dismiss(this.ctx.id.toString())
    await this.#leaving
  }

  #reading(): Upstream {
    this.#upstream ??= upstreamOf(this.env, this.ctx.storage.kv.get<string | null>('relay') ?? null)
    return this.#upstream
  }

  get #readers(): number {
    return this.#sockets.size + this.#streams
  }

  #leave(socket: WebSocket): void {
    const reader = this.#sockets.get(socket)
    if (reader?.subscriber) this.#live?.hub.leave(reader.subscriber)
    this.#sockets.delete(socket)
    // The last reader with a budget may have left: then the platform answers pings again, and the hub can sleep.
    if (reader?.subscriber?.budget && this.#live !== null) this.#setPingResponse(this.#live)
  }
}
