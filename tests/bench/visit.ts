import { setTimeout as sleep } from 'node:timers/promises'
import { absent } from './common/native-programs.ts'
import { Worker } from './common/processes.ts'
import type { ClientOrder, Dialect, ServerOrder } from './common/words.ts'

const plain: Dialect = { paths: ['/'], greetings: 0 }

/** Readers of different interests, to all of which the alert belongs. */
export const interests: Dialect = {
  paths: [
    '/v1/socket?languages=en',
    '/v1/socket?languages=fa,en&level=urgent',
    '/v1/socket?languages=en&topics=afghanistan,iran',
    '/v1/socket?languages=ru,uk,en',
  ],
  greetings: 1,
}

const events: Dialect = {
  ...interests,
  paths: interests.paths.map((path) => path.replace('/v1/socket', '/v1/events')),
  transport: 'events',
}

const known: Readonly<Record<string, Dialect>> = {
  'floor-c': plain,
  floor: plain,
  tocsin: interests,
  'tocsin-write': interests,
  'bun-publish': plain,
  nchan: plain,
  'ws-frame': plain,
  'ws-send': plain,
  'ws-send-buffer': plain,
  'tocsin-events': { ...events, server: 'tocsin' },
  'node-events': { ...plain, transport: 'events' },
  'nchan-events': { ...plain, server: 'nchan', paths: ['/events'], transport: 'events' },
  socketio: { paths: ['/socket.io/?EIO=4&transport=websocket'], greetings: 2, hello: '40' },
}

/** Who takes part here; `floor-c` is what the kernel costs, `floor` what it costs by way of Node. */
export const contenders: Readonly<Record<string, Dialect>> = Object.fromEntries(
  Object.entries(known).filter(([name]) => !absent.has(name)),
)

/** One broadcast: server CPU per message, and the time until half and all of the readers had it. */
export type Round = { readonly cpuMicroseconds: number; readonly halfMs: number; readonly lastMs: number }

/** One contender, from a fresh process to its end. */
export type Visit = {
  readonly connectCpuMicroseconds: number
  readonly idleRssKib: number
  readonly first: Round
  readonly warm: readonly Round[]
}

export type Sizes = { readonly sockets: number; readonly rounds: number; readonly quietSeconds: number }

type UsageError = { readonly cpuMicroseconds: number; readonly rssBytes: number }
const roundPauseMs = 200

/** Starts a contender afresh, connects everyone, leaves them in quiet, and broadcasts: the first alert is a cold one. */
export async function visit(
  name: string,
  { sockets, rounds, quietSeconds }: Sizes,
  dialect = contenders[name] ?? plain,
): Promise<Visit> {
  const server = new Worker(new URL(`./servers/${dialect.server ?? name}.ts`, import.meta.url), 0)
  const client = new Worker(new URL('./clients/client.ts', import.meta.url), 1)
  try {
    const { ready: port } = await server.next<{ ready: number }>('ready')
    const before = await usage(server, 'settled-usage')
    const order: ClientOrder = { do: 'connect', port, count: sockets, dialect }
    await client.ask(order, 'connected')
    const connected = await usage(server, 'usage')
    await sleep(quietSeconds * 1_000)
    const idle = await usage(server, 'settled-usage')
    const first = await round(server, client, sockets, 1)
    const warm: Round[] = []
    for (let seq = 2; seq <= rounds + 1; seq += 1) {
      await sleep(roundPauseMs)
      warm.push(await round(server, client, sockets, seq))
    }
    return {
      connectCpuMicroseconds: (connected.cpuMicroseconds - before.cpuMicroseconds) / sockets,
      idleRssKib: (idle.rssBytes - before.rssBytes) / 1_024 / sockets,
      first,
      warm,
    }
  } finally {
    await Promise.all([server.end(), client.end()])
  }
}

function usage(server: Worker, how: 'usage' | 'settled-usage'): Promise<UsageError> {
  return server.ask<UsageError>({ do: how } satisfies ServerOrder, 'cpuMicroseconds')
}

async function round(server: Worker, client: Worker, sockets: number, seq: number): Promise<Round> {
  await client.ask({ do: 'expect' } satisfies ClientOrder, 'expecting')
  const before = await usage(server, 'usage')
  const heard = client.next<{ halfAt: number; lastAt: number }>('lastAt')
  // When the broadcast fails, that is the failure to tell; this one would be unheard.
  heard.catch(() => {})
  const { beganAt } = await server.ask<{ beganAt: number }>({ do: 'broadcast', seq } satisfies ServerOrder, 'beganAt')
  const { halfAt, lastAt } = await heard
  const after = await usage(server, 'usage')
  return {
    cpuMicroseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / sockets,
    halfMs: (halfAt - beganAt) / 1_000,
    lastMs: (lastAt - beganAt) / 1_000,
  }
}
