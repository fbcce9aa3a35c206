// What every platform we run on has (WinterTC's minimum common API), and no more: the neutral rooms compile against
// this instead of Node's or the DOM's types, so that a stray platform call does not compile.
declare class URL {
  constructor(url: string, base?: string)
  static canParse(url: string, base?: string): boolean
  readonly href: string
  readonly protocol: string
  readonly hostname: string
  readonly origin: string
  readonly pathname: string
  readonly username: string
  readonly password: string
}

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>
}

declare class TextDecoder {
  constructor(label: 'utf-8', options: { readonly fatal: boolean; readonly ignoreBOM: boolean })
  decode(bytes: Uint8Array): string
}
