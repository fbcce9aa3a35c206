import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { PushService } from './push-service.ts'

/** What a browser said of a message: 100 handled, 101 could not be decrypted, 102 not delivered. */
export type Ack = { readonly channelId: string; readonly version: string; readonly code: number }

/** The browser side of Mozilla's push service. */
export type Autopush = {
  /** For the preference `dom.push.serverURL`. */
  readonly url: string
  readonly acks: readonly Ack[]
  /** Channels that a browser holds now. */
  readonly channels: ReadonlySet<string>
  close(): Promise<void>
}

type Said = {
  readonly messageType: string
  readonly channelID?: string
  readonly uaid?: string
  readonly updates?: unknown
}
type Update = { readonly channelID: string; readonly version: string; readonly code: number }

/**
 * Speaks Mozilla's protocol to a real Firefox: what is accepted at the push service for one of its channels is handed
 * to it over its WebSocket. Endpoints are at the real service's host, so the sender under test is as in real life.
 */
export async function startAutopush(service: PushService): Promise<Autopush> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'push-notification' })
  const sockets = new Map<string, WebSocket>()
  const owners = new Map<string, string>()
  const acks: Ack[] = []
  const channels = new Set<string>()

  service.onAccepted = (channelID, { body }) => {
    const socket = sockets.get(owners.get(channelID) ?? '')
    const data = body.toString('base64url')
    const headers = { encoding: 'aes128gcm' }
    socket?.send(JSON.stringify({ messageType: 'notification', channelID, version: randomUUID(), data, headers }))
  }

  server.on('connection', (socket) => {
    let uaid = ''
    socket.on('message', (bytes) => {
      const said = JSON.parse(String(bytes)) as Said
      const { messageType, channelID = '' } = said
      const answer = (more: object): void => socket.send(JSON.stringify({ messageType, ...more }))
      if (messageType === 'hello') {
        uaid = said.uaid || randomUUID().replaceAll('-', '')
        sockets.set(uaid, socket)
        answer({ uaid, status: 200, use_webpush: true, broadcasts: {} })
      } else if (messageType === 'register') {
        owners.set(channelID, uaid)
        channels.add(channelID)
        const pushEndpoint = `https://updates.push.services.mozilla.com/wpush/v2/${channelID}`
        answer({ channelID, status: 200, pushEndpoint })
      } else if (messageType === 'unregister') {
        channels.delete(channelID)
        answer({ channelID, status: 200 })
      } else if (messageType === 'ack') {
        for (const { channelID: id, version, code } of said.updates as Update[])
          acks.push({ channelId: id, version, code })
      } else if (messageType === undefined) socket.send('{}')
    })
  })
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    acks,
    channels,
    async close() {
      for (const socket of server.clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
