/** The environment's variables of a proxy for https, in the order in which they apply: as curl reads them. */
const variables = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'] as const

/** The ports of the schemes that a proxy may have. */
export const proxyPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/** The variable that names a proxy, and the proxy; or what is wrong with its value, in a sentence that does not show it. */
export type ProxySetting =
  | { readonly name: string; readonly url: URL; readonly fault: null }
  | { readonly name: string; readonly url: null; readonly fault: string }

/**
 * Parses the proxy for https that the environment names; null: none, also where NO_PROXY is `*`. A value without a
 * scheme is an http proxy, as with curl.
 */
export function proxySetting(env: Readonly<Record<string, string | undefined>>): ProxySetting | null {
  const name = variables.find((it) => env[it])
  if (name === undefined || (env.no_proxy || env.NO_PROXY) === '*') return null
  const text = env[name] ?? ''
  const written = text.includes('://') ? text : `http://${text}`
  const url = URL.canParse(written) ? new URL(written) : null
  if (url === null || proxyPorts[url.protocol] === undefined || url.hostname === '')
    return { name, url: null, fault: proxyWanted }
  if (credentialsOf(url) === null)
    return { name, url: null, fault: 'the user name or password has a % that begins no escape: write %25 for it' }
  return { name, url, fault: null }
}

const proxyWanted =
  'an http:// or https:// address such as http://proxy.example:3128 is wanted; NO_PROXY=* sends pushes without a proxy'

/** The user name and password before its @, percent-decoded, with a colon between; null when they cannot be decoded. */
export function credentialsOf({ username, password }: URL): string | null {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  } catch {
    return null
  }
}
