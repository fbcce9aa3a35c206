import { Problem } from '../problem.ts'
import type { App, House } from './house.ts'
import { parseStreamRequest } from './stream.ts'

/** `GET /v1/events`: checks what is asked for; the platform streams. `/v1/socket` is the platform's own; here only without upgrade. */
export function eventRoutes(app: App, house: Pick<House, 'events' | 'newsroom'>): void {
  app.get('/v1/socket', (c) => {
    c.header('Upgrade', 'websocket')
    throw new Problem(426, 'upgrade-required', 'This is a WebSocket: connect with ws:// or wss://, or read /v1/events.')
  })
  app.get('/v1/events', (c) => {
    const mayTest = c.get('editor') !== null
    const request = parseStreamRequest(c.req.query(), house.newsroom, mayTest, c.req.header('last-event-id'))
    return house.events(request, c.env)
  })
}
