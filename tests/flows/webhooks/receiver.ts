import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ask, type Running } from '../../support/processes/service.ts'

type Message = { readonly id: string; readonly type: string; readonly seq?: number }

/** A receiver of webhooks in this process. `status`: what it answers now; null: it keeps silent. */
export async function startReceiver(clean: (undo: () => unknown) => void) {
  const messages: Message[] = []
  const state: { status: number | null } = { status: 204 }
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    const { type, data } = JSON.parse(text)
    messages.push({ id: String(request.headers['webhook-id']), type, seq: data.seq })
    if (state.status !== null) response.writeHead(state.status).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    server.close()
    server.closeAllConnections()
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...{ messages, state, host, url: `http://${host}/in` },
    seqs: () => [...new Set(messages.flatMap(({ seq }) => seq ?? []))].sort((a, b) => a - b),
  }
}

/** Makes a webhook to a receiver. Throws when it was refused. */
export async function makeWebhook(service: Pick<Running, 'url'>, url: string): Promise<string> {
  const answer = await ask(service.url, 'POST', '/v1/desk/webhooks', { name: 'CMS', url })
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`)
  return ((await answer.json()) as { webhook: { id: string } }).webhook.id
}
