import type { IncomingMessage } from 'node:http'
import type { Editor, EditorStore } from '../auth/editor.ts'
import { isLoopbackName } from '../http/own-origin.ts'
import type { Config } from './config.ts'
import type { FastHandler } from './server/subscribe/fast-subscribe.ts'

const mend = 'Set PUBLIC_URL, such as https://alerts.example, to the address that readers see.'

/** How long after the first start a node says that it made no admin key, in milliseconds. */
const earlierKeyMs = 24 * 60 * 60 * 1_000

/** What the operator should know from the start, one sentence each. `firstKey`: the admin key that was made now. */
export async function startNotes(
  config: Config,
  firstKey: string | null,
  editors: Pick<EditorStore, 'list'>,
  nowMs: number,
): Promise<readonly string[]> {
  const isGiven = firstKey !== null || config.adminKey !== null
  const earlier = config.databaseUrl === null || isGiven ? null : earlierKey(await editors.list(), nowMs)
  return [noPublicUrl(config), plainSettingsWarning(config), earlier].filter((line) => line !== null)
}

/** Says why this node shows no admin key, where another one has done so lately; else null. */
function earlierKey(editors: readonly Editor[], nowMs: number): string | null {
  const first = editors.find(({ role }) => role === 'admin')
  if (first === undefined || nowMs - Date.parse(first.createdAt) > earlierKeyMs) return null
  return `The database has editors already, so no admin key was made here. The node that made the first one has printed it, at ${first.createdAt}.`
}

/** The warning at start of a service that other machines can reach but whose PUBLIC_URL is not set; null: none. */
export function noPublicUrl({ publicUrl, host }: Pick<Config, 'publicUrl' | 'host'>): string | null {
  if (publicUrl !== null || isLoopbackName(host) || host === '::1') return null
  return `PUBLIC_URL is not set: links in feeds and pages lead to whatever address a reader wrote, and those in notifications to this machine. ${mend}`
}

/** A sentence that names the settings by which a plain implementation replaces a fast one; null: none. */
export function plainSettingsWarning(config: PlainSettings): string | null {
  const chosen = [
    ...(config.pushSender === 'own' ? [] : [`PUSH_SENDER=${config.pushSender}`]),
    ...(config.socketWriter === 'raw' ? [] : [`SOCKET_WRITER=${config.socketWriter}`]),
    ...(config.streamWriter === 'raw' ? [] : [`STREAM_WRITER=${config.streamWriter}`]),
    ...(config.fastSubscribe ? [] : ['FAST_SUBSCRIBE=0']),
  ]
  return chosen.length === 0 ? null : `Plain implementations are in use, which need more CPU: ${chosen.join(', ')}.`
}

type PlainSettings = Pick<Config, 'pushSender' | 'socketWriter' | 'streamWriter' | 'fastSubscribe'>

const byProxy = ['forwarded', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-for', 'via'] as const

/** Passes requests on to `next`, and warns once when one came through a proxy while PUBLIC_URL is not set. */
export function warnOfProxy(publicUrl: string | null, warn: (line: string) => void, next: FastHandler): FastHandler {
  if (publicUrl !== null) return next
  let hasWarned = false
  return (incoming: IncomingMessage, outgoing) => {
    if (!hasWarned && byProxy.some((name) => incoming.headers[name] !== undefined)) {
      hasWarned = true
      warn(
        `A request came by way of a proxy, and PUBLIC_URL is not set: links may lead to the address that the proxy asks, where no reader can go. ${mend}`,
      )
    }
    return next(incoming, outgoing)
  }
}
