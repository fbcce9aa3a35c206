/** Host names, with the address to connect to in their place, for tests. */
export type ConnectTo = ReadonlyMap<string, { readonly address: string; readonly port: number }>

/** Parses `host=address:port,…`. `complain` is called for each part that has another form. */
export function parseConnectTo(text: string, complain: (sentence: string) => void): ConnectTo {
  const map = new Map<string, { address: string; port: number }>()
  for (const pair of text.split(',').filter(Boolean)) {
    const [, host, address, port] = /^([^=]+)=(.+):(\d{1,5})$/.exec(pair.trim()) ?? []
    if (host && address && port) map.set(host, { address, port: Number(port) })
    else complain(`${JSON.stringify(pair)} is not host=address:port`)
  }
  return map
}
