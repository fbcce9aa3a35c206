const parts = /^(postgres(?:ql)?:\/\/(?:[^/@]*@)?)([^/?]*)(.*)$/

/**
 * The hosts of a database's URL, as in libpq: `postgres://user@first:5432,second:5432/database`. One of them is used until it
 * turns out to be away or a standby; then the next one is.
 */
export class DatabaseHosts {
  /** One URL for each host. */
  readonly urls: readonly string[]
  #at = 0

  constructor(url: string) {
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
