import { afterEach, vi } from 'vitest'
import { type Entry, type Listening, type ListenOptions, listen, type Reset } from '../../../src/client/listen.ts'
import { type StreamServer, streamServer } from './stream-server.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const it of open.splice(0).reverse()) await it.close()
})

/** A scripted server that the end of the test closes. */
export async function serve(script?: Parameters<typeof streamServer>[0]): Promise<StreamServer> {
  const server = await streamServer(script)
  open.push(server)
  return server
}

/** The arguments of a listener's callbacks, in order. */
export type Collected = { entries: Entry[]; states: [string, unknown][]; resets: Reset[]; listening: Listening }

/** Listens until the end of the test, and collects the arguments of the callbacks. */
export function startListening(url: string, options: Partial<ListenOptions> = {}): Collected {
  const collected: Omit<Collected, 'listening'> = { entries: [], states: [], resets: [] }
  const listening = listen({
    url,
    onEntry: (entry) => collected.entries.push(entry),
    onState: (state, detail) => collected.states.push([state, detail]),
    onReset: (reset) => collected.resets.push(reset),
    ...options,
  })
  open.push(listening)
  return { ...collected, listening }
}

/** Frames as the contract has them. */
export const welcome = (seq: number, resume: 'live' | 'replay' | 'reset' = 'live', epoch = 'e') => ({
  type: 'welcome',
  epoch,
  head: seq,
  floor: 1,
  cursor: `${epoch}.${seq}`,
  resume,
  heartbeatSeconds: 10,
  limits: {},
})
export const alert = (seq: number, epoch = 'e') => ({
  type: 'alert',
  seq,
  cursor: `${epoch}.${seq}`,
  kind: 'alert',
  at: '2026-01-01T00:00:00.000Z',
  alert: { id: `id-${seq}`, headline: `Headline ${seq}` },
})
export const live = (seq: number, epoch = 'e') => ({ type: 'live', cursor: `${epoch}.${seq}` })
export const seqs = (collected: Collected) => collected.entries.map(({ seq }) => seq)
export const states = (collected: Collected) => collected.states.map(([state]) => state)
export const until = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 5 })
/** A random source with which back-off never waits. */
export const withoutJitter = { random: () => 0 }
