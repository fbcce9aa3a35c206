import { createServer, type ServerResponse } from 'node:http'
import { textOf } from '../common/message.ts'
import { takeOrders } from '../common/report.ts'

// What one writes first with Node: a set of responses, and `write` of the event's text for each.
const responses = new Set<ServerResponse>()
const server = createServer((_, response) => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' })
  response.flushHeaders()
  responses.add(response)
  response.on('close', () => responses.delete(response))
})

takeOrders(server, (seq) => {
  const text = `id: ${seq}\nevent: alert\ndata: ${textOf(seq)}\n\n`
  for (const response of responses) response.write(text)
})
