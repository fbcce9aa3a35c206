/** Host names, with the address to connect to in their place, for tests. An IPv6 address has no brackets. */
export type ConnectTo = ReadonlyMap<string, { readonly address: string; readonly port: number }>

const hostName = '[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?'
/** A host, and the name or IPv4 address, or the IPv6 address in brackets, to connect to at a port. */
const pairPattern = new RegExp(`^(${hostName})=(?:(${hostName})|\\[([0-9a-f:.]+)\\]):([0-9]{1,5})$`, 'i')
const portMax = 65_535

/** Parses `host=address:port,…`. `complain` is called for each part that has another form. */
export function parseConnectTo(text: string, onInvalid: (sentence: string) => void): ConnectTo {
  const map = new Map<string, { address: string; port: number }>()
  for (const pair of text.split(',').filter(Boolean)) {
    const [, host = '', name, ipv6, digits] = pairPattern.exec(pair.trim()) ?? []
    const address = ipv6 ?? name
    const port = Number(digits)
    if (address !== undefined && isAddress(address, ipv6 !== undefined) && port >= 1 && port <= portMax)
      map.set(host.toLowerCase(), { address, port })
    else onInvalid(`${JSON.stringify(pair)} is not host=address:port, with a port from 1 to ${portMax}`)
  }
  return map
}

/** Whether a URL can name this address: four numbers of an IPv4 address must be below 256, for example. */
function isAddress(address: string, isIpv6: boolean): boolean {
  return URL.canParse(`https://${isIpv6 ? `[${address}]` : address}/`)
}
