import { adminKeyChars, bearerKeyFault, metricsKeyChars } from '../auth/bearer-key.ts'
import { parseLocalHosts } from '../desk/webhooks/webhook-url.ts'
import { publicOrigin, publicUrlFault } from '../domain/public-url.ts'
import { pageHeartbeatFault } from '../protocol/terms/page-heartbeat.ts'
import { parsePushHosts, withSuffixes } from '../push/subscriptions/push-services.ts'
import { chainFault, seedFault } from '../signing/key-ring.ts'
import { workerSigner } from './signing/worker-signer.ts'

/** A variable or secret as text; null when it is not set or empty. */
export function textSetting(settings: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = settings[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** A whole number of at least 1 (or another least); the usual one when it is not set. Throws an Error that says what is wanted. */
export function numberSetting(
  settings: Readonly<Record<string, unknown>>,
  name: string,
  usual: number,
  least = 1,
): number {
  const text = textSetting(settings, name)
  if (text === null) return usual
  const value = Number(text)
  if (!/^\d{1,9}$/.test(text) || value < least)
    throw new Error(`${name} is a whole number of at least ${least}, not ${text}.`)
  return value
}

/** The hosts that push endpoints may have: the known services' and those of PUSH_HOSTS. Invalid ones are left out. */
export function pushHostsOf(settings: Readonly<Record<string, unknown>>): readonly string[] {
  return withSuffixes(parsePushHosts(textSetting(settings, 'PUSH_HOSTS') ?? '').hosts)
}

/** The hosts of the own network that webhooks may lead to. Where they are wrong, none. */
export function localHostsOf(settings: Readonly<Record<string, unknown>>): readonly string[] {
  const { hosts, mistake } = parseLocalHosts(textSetting(settings, 'WEBHOOK_LOCAL_HOSTS') ?? '')
  return mistake === null ? hosts : []
}

/** The hosts of the own network that callbacks of WebSub may lead to. Where they are wrong, none. */
export function websubHostsOf(settings: Readonly<Record<string, unknown>>): readonly string[] {
  const { hosts, mistake } = parseLocalHosts(textSetting(settings, 'WEBSUB_LOCAL_HOSTS') ?? '')
  return mistake === null ? hosts : []
}

/** The origin that readers see; null when PUBLIC_URL is not set or cannot be taken. */
export function publicUrlOf(settings: Readonly<Record<string, unknown>>): string | null {
  const text = textSetting(settings, 'PUBLIC_URL')
  return text === null || publicUrlFault(text) !== null ? null : publicOrigin(text)
}

/** The seconds between the heartbeats that pages in sight ask for; undefined when it is not set or cannot be taken. */
export function pageHeartbeatOf(settings: Readonly<Record<string, unknown>>): number | undefined {
  const text = textSetting(settings, 'PAGE_HEARTBEAT_SECONDS')
  return text === null || pageHeartbeatFault(text) !== null ? undefined : Number(text)
}

/** The mistakes in the keys and the address, a sentence each, without secrets. */
export function settingMistakes(settings: Readonly<Record<string, unknown>>): readonly string[] {
  const faults = {
    ADMIN_KEY: (key: string) => bearerKeyFault(key, ...adminKeyChars),
    METRICS_KEY: (key: string) => bearerKeyFault(key, ...metricsKeyChars),
    SIGNING_KEY: seedFault,
    SIGNING_KEY_LOST: (id: string) =>
      /^[\w-]{11}$/.test(id) ? null : 'the id of a signing key is wanted: 11 characters',
    SIGNING_KEY_CHAIN: (chain: string) => chainFault(workerSigner, textSetting(settings, 'SIGNING_KEY'), chain),
    PUBLIC_URL: publicUrlFault,
    PAGE_HEARTBEAT_SECONDS: pageHeartbeatFault,
    WEBHOOK_LOCAL_HOSTS: (hosts: string) => parseLocalHosts(hosts).mistake,
    WEBSUB_LOCAL_HOSTS: (hosts: string) => parseLocalHosts(hosts).mistake,
    PUSH_HOSTS: (hosts: string) => parsePushHosts(hosts).mistake,
  }
  return Object.entries(faults).flatMap(([name, faultOf]) => {
    const text = textSetting(settings, name)
    const fault = text === null ? null : faultOf(text)
    return fault === null ? [] : [`${name}: ${fault}.`]
  })
}
