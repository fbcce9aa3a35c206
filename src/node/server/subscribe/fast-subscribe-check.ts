import { IncomingMessage, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Problem } from '../../../domain/problem.ts'
import { type SubscriptionsDeps, subscriptionRoutes } from '../../../http/api/subscriptions.ts'
import { createPart, type PartDeps } from '../../../http/app.ts'
import { type Subscribe, SubscribeLimits } from '../../../push/subscriptions/subscribe-limits.ts'
import { type FastHandler, fastSubscribe } from './fast-subscribe.ts'

const url = '/v1/subscriptions'
type Deps = PartDeps & Omit<SubscriptionsDeps, 'addressOf'> & { readonly publicUrl: string | null }

/** The bodies of the check's requests and their outcomes: a new address, a known one, and a refusal. */
const cases: Readonly<Record<string, Awaited<ReturnType<Subscribe>> | Problem>> = {
  '"new"': { id: '01932f6e', token: 'token', made: true },
  '"known"': { id: '01932f6e', token: 'token', made: false },
  '"refused"': new Problem(400, 'invalid', 'This is a check.'),
}

/**
 * Gives the fast handler when it answers as the app's route does, else null with a warning. The check stores nothing.
 */
export async function openFastSubscribe(
  deps: Deps,
  addressOf: (request: IncomingMessage) => string,
  warn: (line: string) => void,
  make = fastSubscribe,
): Promise<FastHandler | null> {
  const fault = await fastSubscribeFault(deps, make)
  if (fault === null) return make({ ...deps, addressOf })
  warn(`New subscriptions are taken by the ordinary route, which needs more CPU: the fast one ${fault}.`)
  return null
}

/** How the answers of `make`'s handler differ from those of the app's route; null: they do not. */
export async function fastSubscribeFault(deps: Deps, make = fastSubscribe): Promise<string | null> {
  const subscribe: Subscribe = async ({ body }) => {
    const outcome = cases[Buffer.from(body).toString()]
    if (outcome === undefined) throw new Error('a body that was not sent')
    if (outcome instanceof Problem) throw outcome
    return outcome
  }
  const subscribing = new SubscribeLimits({ subscribe, perMinute: 0, now: deps.now })
  const checked = { ...deps, subscribing, addressOf: () => '' }
  const app = createPart(checked)
  subscriptionRoutes(app, checked)
  try {
    const handler = await make(checked)
    for (const body of Object.keys(cases)) {
      const headers = { host: 'localhost', 'content-type': 'application/json', 'content-length': String(body.length) }
      const wanted = await app.request(`http://localhost${url}`, { method: 'POST', headers, body }, {})
      const given = await answerOf(handler, headers, body)
      if (given === null) return 'does not take a usual request'
      if (given.text !== (await wanted.text())) return 'answers with another body'
      if (given.head !== headOf(wanted.status, wanted.headers)) return 'answers with another head'
    }
    return null
  } catch (error) {
    return `fails (${error instanceof Error ? error.message : String(error)})`
  }
}

/** A status and those header fields that Node does not add, one a line. */
function headOf(status: number, headers: Headers): string {
  const fields = [...headers].filter(([name]) => name !== 'content-length')
  return [status, ...fields.map((field) => field.join(': '))].join('\n')
}

type Answer = { readonly head: string; readonly text: string }

async function answerOf(
  handler: FastHandler,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<Answer | null> {
  const incoming = Object.assign(new IncomingMessage(new Socket()), {
    ...{ method: 'POST', url, headers },
    rawHeaders: Object.entries(headers).flat(),
  })
  incoming.push(body)
  incoming.push(null)
  let head = ''
  let text = ''
  const outgoing = {
    shouldKeepAlive: true,
    writeHead(status: number, fields: Readonly<Record<string, string>>) {
      head = headOf(status, new Headers(Object.entries(fields).map(([name, value]) => [name, String(value)])))
    },
    end(rest: string | Uint8Array) {
      text = Buffer.from(rest as string).toString()
    },
  }
  const taken = handler(incoming, outgoing as unknown as ServerResponse)
  if (taken === null) return null
  await taken
  return { head, text }
}
