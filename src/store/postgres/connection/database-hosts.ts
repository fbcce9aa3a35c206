const parts = /^(postgres(?:ql)?:\/\/(?:[^/@]*@)?)([^/?]*)(.*)$/

/**
 * The hosts of a database's URL, as in libpq: `postgres://user@first:5432,second:5432/database`. One of them is used until it
 * turns out to be away or a standby; then the next one is.
 */
export class DatabaseHosts {
  /** One URL for each host. */
  readonly urls: readonly string[]
  #at = 0

  constructor(given: string) {
    const url = verified(given)
    const [, before, hosts, after] = parts.exec(url) ?? []
    this.urls = hosts === undefined ? [url] : hosts.split(',').map((host) => `${before}${host}${after}`)
  }

  /** The URL to connect to now. */
  get url(): string {
    return this.urls[this.#at] ?? ''
  }

  /** Goes on to the next host, unless that was done already since `url` was read. */
  leave(url: string): void {
    if (url === this.url) this.#at = (this.#at + 1) % this.urls.length
  }
}

/**
 * `sslmode=require` as the driver takes it: the server's certificate is verified. Under its own name the driver warns that its
 * next version will not.
 */
function verified(url: string): string {
  if (url.includes('uselibpqcompat=true')) return url
  return url.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/, '$1verify-full')
}
