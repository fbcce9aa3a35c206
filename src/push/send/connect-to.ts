/** Host names and where to connect to in their place: for tests. */
export type ConnectTo = ReadonlyMap<string, { readonly address: string; readonly port: number }>

/** Reads `host=address:port,…`; what is not of that form is told to `complain`, each part for itself. */
export function parseConnectTo(text: string, complain: (sentence: string) => void): ConnectTo {
  const map = new Map<string, { address: string; port: number }>()
  for (const pair of text.split(',').filter(Boolean)) {
    const [, host, address, port] = /^([^=]+)=(.+):(\d{1,5})$/.exec(pair.trim()) ?? []
    if (host && address && port) map.set(host, { address, port: Number(port) })
    else complain(`${JSON.stringify(pair)} is not host=address:port`)
  }
  return map
}
