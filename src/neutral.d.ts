// What every platform we run on has (WinterTC's minimum common API), and no more: the neutral rooms compile against
// this instead of Node's or the DOM's types, so that a stray platform call does not compile.
declare class URL {
  constructor(url: string, base?: string)
  static canParse(url: string, base?: string): boolean
  readonly href: string
  readonly protocol: string
  readonly host: string
  readonly hostname: string
  readonly port: string
  readonly origin: string
  readonly pathname: string
  readonly search: string
  readonly searchParams: URLSearchParams
  readonly hash: string
  readonly username: string
  readonly password: string
}

declare class URLSearchParams {
  constructor(query?: string)
  append(name: string, value: string): void
  delete(name: string): void
  keys(): IterableIterator<string>
  getAll(name: string): string[]
  [Symbol.iterator](): IterableIterator<[string, string]>
}

declare const crypto: {
  getRandomValues(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>
  readonly subtle: {
    digest(name: 'SHA-256', bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>
    importKey(
      format: 'raw',
      bytes: Uint8Array<ArrayBuffer>,
      algorithm: { readonly name: 'HMAC'; readonly hash: 'SHA-256' },
      extractable: false,
      usages: readonly 'sign'[],
    ): Promise<HmacKey>
    sign(name: 'HMAC', key: HmacKey, bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>
    importKey(
      format: 'raw',
      bytes: Uint8Array<ArrayBuffer>,
      algorithm: { readonly name: 'Ed25519' },
      extractable: false,
      usages: readonly ['verify'],
    ): Promise<VerifyKey>
    verify(
      algorithm: { readonly name: 'Ed25519' },
      key: VerifyKey,
      signature: Uint8Array<ArrayBuffer>,
      bytes: Uint8Array<ArrayBuffer>,
    ): Promise<boolean>
  }
}

/** A key of WebCrypto: opaque. */
declare class HmacKey {
  private readonly brand
}

/** The same, for another use. */
declare class VerifyKey {
  private readonly brand
}

declare function atob(base64: string): string
declare function btoa(bytes: string): string

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>
}

declare class TextDecoder {
  constructor(label?: 'utf-8', options?: { readonly fatal: boolean; readonly ignoreBOM: boolean })
  decode(bytes: Uint8Array): string
}
