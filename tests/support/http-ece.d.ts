/** Encrypted content encoding (RFC 8188) by Martin Thomson, an author of RFC 8291: comes with web-push, without types. */
declare module 'http_ece' {
  type How = {
    readonly version: 'aes128gcm'
    readonly privateKey: import('node:crypto').ECDH
    readonly authSecret: string
    readonly dh?: string
  }
  const ece: {
    encrypt(plain: Buffer, how: How): Buffer
    decrypt(body: Buffer, how: How): Buffer
  }
  export = ece
}
