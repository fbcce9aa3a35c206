import type { IncomingMessage } from 'node:http'
import type { House } from '../http/house.ts'
import { whoAsks } from '../http/sign-in.ts'
import { parseStreamRequest, type StreamRequest } from '../http/stream.ts'
import { Problem } from '../problem.ts'

type Rooms = Pick<House, 'editors' | 'newsroom' | 'now' | 'publicUrl'>

/** Reads an upgrade request without Hono: only a test listener's key costs a look at the editors. Throws a Problem. */
export async function socketRequest(house: Rooms, request: IncomingMessage): Promise<StreamRequest> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  if (pathname !== '/v1/socket')
    throw new Problem(404, 'no-such-page', 'There is no socket at this path; it is at /v1/socket.')
  const query = Object.fromEntries(searchParams)
  const header = (name: string) => request.headers[name]?.toString()
  const mayTest = query.audience === 'test' && (await whoAsks(house, header)).editor !== null
  return parseStreamRequest(query, house.newsroom, mayTest)
}
