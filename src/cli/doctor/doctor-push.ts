import { Agent, request } from 'node:https'
import { counted } from '../../domain/plural.ts'
import { ask, errorMessage, Refused, type Service } from '../service-client.ts'
import type { Finding } from './doctor-basics.ts'

/** What `/v1/desk/push` should have; looked at before it is believed. */
type Push = {
  readonly subject: string | null
  readonly keyIds: readonly string[]
  readonly subscriptionsByKey: Readonly<Record<string, number>>
  readonly hosts: readonly { readonly host: string; readonly subscriptions: number }[]
}

/** Asks a host for anything; resolves with the answer's status. */
type HostProbe = (host: string, signal: AbortSignal) => Promise<number>

const probeTimeoutMs = 10_000
/** More hosts than this are not asked one by one: regional ones of one service share its fate. */
const hostsMax = 20

type Environment = Readonly<Record<string, string | undefined>>

/** The proxy that pushes would go through (HTTPS_PROXY, ALL_PROXY), as the service reads the environment. */
export function proxyOf(env: Environment): string | undefined {
  const named = env.https_proxy || env.HTTPS_PROXY || env.all_proxy || env.ALL_PROXY || undefined
  return named === undefined || named.includes('://') ? named : `http://${named}`
}

/**
 * Any answer from https://host/ counts: the way there, its name and its certificate are what is looked at. The way is the
 * one that pushes take, through a proxy too.
 */
export function makeHostProbe(env: Environment): HostProbe {
  const proxyEnv = { HTTPS_PROXY: proxyOf(env), NO_PROXY: env.no_proxy || env.NO_PROXY }
  return (host, signal) =>
    new Promise((resolve, reject) => {
      const asked = request(`https://${host}/`, { method: 'HEAD', signal, agent: new Agent({ proxyEnv }) })
      asked.once('response', (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
      asked.once('error', (error) =>
        reject(signal.aborted ? signal.reason : new Error('fetch failed', { cause: error })),
      )
      asked.end()
    })
}

/** Looks at whom push services write to, at the keys that subscriptions need, and at the way to each service in use. */
export async function checkPush(
  service: Service,
  stop: AbortSignal,
  env: Environment,
  how: HostProbe = makeHostProbe(env),
): Promise<Finding[]> {
  // Without a key there is already a finding that the desk cannot be checked.
  if (service.key === undefined) return []
  const found = await pushOf(service, stop)
  if ('state' in found) return [found]
  const hosts = found.hosts.slice(0, hostsMax)
  return [
    checkSubject(found.subject),
    ...checkKeys(found),
    ...(await Promise.all(hosts.map(({ host }) => checkHost(host, stop, how, proxyOf(env))))),
  ]
}

async function pushOf(service: Service, signal: AbortSignal): Promise<Push | Finding> {
  const what = 'The desk answers how push is set up'
  try {
    const { body } = await ask(service, { path: 'v1/desk/push', signal })
    const { subject, keyIds, subscriptionsByKey, hosts } = Object(body) as Partial<Push>
    if (Array.isArray(keyIds) && Array.isArray(hosts) && typeof subscriptionsByKey === 'object')
      return { subject: subject ?? null, keyIds, subscriptionsByKey, hosts }
    return {
      state: 'fault',
      what,
      why: 'Its answer is not known here.',
      mend: 'Use the doctor of the service’s own version.',
    }
  } catch (error) {
    const isRefused = error instanceof Refused && (error.status === 401 || error.status === 403)
    const why = isRefused ? 'The key may not see it, so it was not looked at.' : errorMessage(error)
    const mend = isRefused ? 'Use the key of someone at the desk.' : 'Look into the service’s log.'
    return { state: 'doubt', what, why, mend }
  }
}

function checkSubject(subject: string | null): Finding {
  const what = 'Push services know whom to write to (VAPID subject)'
  const mend = 'Set VAPID_SUBJECT to an address that is read, such as mailto:desk@news.example, and start again.'
  if (subject === null)
    return {
      state: 'doubt',
      what,
      why: 'VAPID_SUBJECT is not set: push services may slow down or block a sender whom they cannot reach.',
      mend,
    }
  if (isSubject(subject)) return { state: 'good', what: `${what}: ${subject}` }
  return { state: 'fault', what, why: `${subject} is no address they take; Apple refuses such tokens.`, mend }
}

/** A mailto: or https: address at a real host, without spaces or angle brackets (RFC 8292 §2.1, and Apple's stricter reading). */
function isSubject(subject: string): boolean {
  if (/[\s<>]/.test(subject) || !URL.canParse(subject)) return false
  const { protocol, hostname, pathname } = new URL(subject)
  if (protocol === 'mailto:') return /^[^@]+@[^@]+\.[^@.]+$/.test(pathname)
  return protocol === 'https:' && hostname.includes('.') && !hostname.endsWith('.localhost')
}

function checkKeys({ keyIds, subscriptionsByKey }: Push): Finding[] {
  const what = 'Every subscription’s VAPID key is here'
  const lost = Object.entries(subscriptionsByKey).filter(([keyId]) => !keyIds.includes(keyId))
  if (lost.length > 0) {
    const readers = lost.reduce((sum, [, count]) => sum + count, 0)
    return [
      {
        state: 'fault',
        what,
        why: `${counted(readers, 'subscription')} made with ${lost.map(([keyId]) => keyId).join(', ')}, which the service does not have: nothing gets there.`,
        mend: 'Put the lost pair back into vapid.json in DATA_DIR (after the present one) and start again; their readers else move over as they come by.',
      },
    ]
  }
  const idle = keyIds.slice(1).filter((keyId) => (subscriptionsByKey[keyId] ?? 0) === 0)
  const more = idle.length > 0 ? ` (nobody is left with ${idle.join(', ')}: it can be taken out of vapid.json)` : ''
  return [{ state: 'good', what: `${what}${more}` }]
}

async function checkHost(host: string, stop: AbortSignal, how: HostProbe, proxy: string | undefined): Promise<Finding> {
  const way = proxy === undefined ? '' : ` (by way of the proxy ${nameOf(proxy)}, unless NO_PROXY names the host)`
  const what = `The push service ${host} can be reached from this machine${way}`
  try {
    await how(host, AbortSignal.any([stop, AbortSignal.timeout(probeTimeoutMs)]))
    return { state: 'good', what }
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError'
    const why = isLate ? `No answer in ${probeTimeoutMs / 1_000} s.` : errorMessage(error)
    const mend =
      'If the service runs here, let it out to this host on port 443 (firewall, proxy, DNS); else run the doctor on the service’s machine.'
    return { state: 'fault', what, why, mend }
  }
}

/** A proxy without its password. */
function nameOf(proxy: string): string {
  return URL.canParse(proxy) ? `${new URL(proxy).protocol}//${new URL(proxy).host}` : 'that HTTPS_PROXY names'
}
