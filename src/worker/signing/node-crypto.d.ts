// What workerd has of Node's module and this Worker uses. Node's own types would bring its globals along.
declare module 'node:crypto' {
  type KeyObject = {
    readonly type: 'private' | 'public'
    export(form: { readonly format: 'jwk' }): { readonly x?: string }
  }
  function createPrivateKey(pem: string): KeyObject
  function createPublicKey(key: KeyObject): KeyObject
  function sign(algorithm: null, bytes: Uint8Array, key: KeyObject): Uint8Array
  function createHash(algorithm: 'sha256'): { update(bytes: Uint8Array): { digest(): Uint8Array } }
}
