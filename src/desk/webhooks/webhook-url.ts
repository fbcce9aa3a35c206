import { hostNameFault, isIpAddress, isNowhereName, isOwnName } from '../../domain/parsing/host-name.ts'

/**
 * Parses WEBHOOK_LOCAL_HOSTS or WEBSUB_LOCAL_HOSTS: hosts of the operator's own network, comma-separated, each with its port or for any port.
 * `mistake` says what is wrong; then none may be used.
 */
export function parseLocalHosts(text: string): { readonly hosts: readonly string[]; readonly mistake: string | null } {
  const named = text
    .split(',')
    .map((host) => host.trim().toLowerCase())
    .filter(Boolean)
  const hosts = named.filter((host) => {
    const name = host.replace(/:\d{1,5}$/, '')
    return isIpAddress(name) ? URL.canParse(`https://${name}`) : hostNameFault(name) === null
  })
  const mistake = 'hosts such as cms.intern or 10.0.0.7:8080 are wanted, comma-separated'
  return { hosts, mistake: hosts.length === named.length ? null : mistake }
}

/** Whether the operator has allowed a host of the own network. */
export function isLocalHost({ hostname, host }: URL, localHosts: readonly string[]): boolean {
  return localHosts.includes(hostname) || localHosts.includes(host)
}

/** What is wrong with an address: a code for programs, and a sentence. */
export type UrlFault = { readonly code: string; readonly detail: string; readonly host: string }

/**
 * What is wrong with the address of a webhook or a WebSub callback, or null. The same is refused as of push endpoints, so that
 * nobody makes the service write to what only it can reach; its addresses are checked again when it is connected to. `setting`:
 * the one that `localHosts` came from.
 */
export function webhookUrlFault(
  text: string,
  localHosts: readonly string[],
  setting: 'WEBHOOK_LOCAL_HOSTS' | 'WEBSUB_LOCAL_HOSTS' = 'WEBHOOK_LOCAL_HOSTS',
): UrlFault | null {
  const url = URL.canParse(text) ? new URL(text) : null
  const fault = (code: string, detail: string) => ({ code: `address-${code}`, detail, host: url?.hostname ?? '' })
  if (url === null) return fault('no-url', 'This is not a URL.')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return fault('no-https', 'An https address is wanted.')
  if (url.username !== '' || url.password !== '')
    return fault('credentials', 'It has a user name or a password; the signature says who writes.')
  if (url.hash !== '') return fault('fragment', 'It has a fragment, which is never sent.')
  if (isLocalHost(url, localHosts)) return null
  const way = `Whoever runs this service can allow a host of the own network in ${setting}.`
  if (url.protocol !== 'https:') return fault('no-https', `An https address is wanted. ${way}`)
  if (url.port !== '') return fault('port', `It names a port; only the usual one is taken. ${way}`)
  if (isIpAddress(url.hostname)) return fault('number', `It names an IP address; a name is wanted. ${way}`)
  // Before the names of own networks, which a dot at the end would hide.
  const hostFault = hostNameFault(url.hostname)
  if (hostFault !== null) return fault('no-host', hostFault)
  if (isOwnName(url.hostname)) return fault('own', `${url.hostname} is a name of an own network. ${way}`)
  if (isNowhereName(url.hostname))
    return fault('nowhere', `${url.hostname} is a name that leads nowhere in the public DNS. ${way}`)
  return null
}
