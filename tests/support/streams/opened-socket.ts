import { expect } from 'vitest'
import type { cleaning } from '../scratch.ts'
import { liveServer } from './live-server.ts'
import { RawSocket } from './raw-socket.ts'

/** Gives what starts a live server with one bare socket that has been welcomed. */
export function openingSocket(clean: ReturnType<typeof cleaning>, socketWriter: 'raw' | 'ws' = 'raw') {
  return async (query = '') => {
    const server = await liveServer({}, { socketWriter })
    clean(() => server.close())
    const reader = await RawSocket.open(server.url, query)
    clean(() => reader.tcp.destroy())
    await expect.poll(() => reader.messages[0]?.type).toBe('welcome')
    return { server, reader }
  }
}
