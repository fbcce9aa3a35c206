import { Agent, get } from 'node:http'
import { newsroom } from '../common/message.ts'
import type { ReadOrder, ReadReport } from '../common/words.ts'

// Readers who ask again as soon as they are answered, each for something else, so that hardly an answer is kept for another.

const topics = newsroom.topics.map(({ id }) => id)
let answered = 0
let refused = 0
let asking = false

function targetOf(order: ReadOrder & { do: 'read' }, turn: number): string {
  const place = Math.floor(Math.random() * order.entries) + 1
  const rare = topics.filter(() => Math.random() < 0.3).concat('iran')
  const id = `01932f6e-0000-7000-8000-${place.toString(16).padStart(12, '0')}`
  const targets = [
    `/v1/alerts?topics=${rare.join()}&level=flash&limit=${1 + (place % 50)}`,
    `/v1/alerts?after=${order.epoch}.${place}&limit=500`,
    `/v1/alerts?after=${order.epoch}.${place}&topics=iran&level=flash&languages=fa`,
    `/feeds/fa.atom?topics=${rare.join()}&level=flash`,
    `/v1/alerts/${id}`,
  ]
  return targets[turn % targets.length] ?? '/v1/alerts'
}

function loop(order: ReadOrder & { do: 'read' }, index: number, turn: number): void {
  if (!asking) return
  const again = (wasAnswered: boolean) => {
    if (wasAnswered) answered += 1
    else refused += 1
    if (wasAnswered) loop(order, index, turn + 1)
    else setTimeout(() => loop(order, index, turn + 1), 100)
  }
  const agent = agents.get(index) ?? new Agent({ keepAlive: true, maxSockets: 1 })
  agents.set(index, agent)
  const localAddress = `127.0.1.${2 + index}`
  get({ agent, host: '127.0.0.1', port: order.port, localAddress, path: targetOf(order, turn) }, (answer) => {
    answer.on('data', () => {})
    answer.on('end', () => again(answer.statusCode === 200))
  }).on('error', () => again(false))
}

const agents = new Map<number, Agent>()

process.on('message', (order: ReadOrder) => {
  asking = order.do === 'read'
  if (order.do === 'read') for (let index = 0; index < order.clients; index += 1) loop(order, index, index)
  process.send?.({ answered, refused } satisfies ReadReport)
  answered = 0
  refused = 0
})
process.on('disconnect', () => process.exit(0))
