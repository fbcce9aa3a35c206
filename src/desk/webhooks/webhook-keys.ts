/** Encrypts texts at rest. `boundTo`: what it belongs to; for anything else it cannot be decrypted. */
export interface TextCipher {
  encrypt(text: string, boundTo: string): Promise<Uint8Array>
  decrypt(encrypted: Uint8Array, boundTo: string): Promise<string>
}

/** The texts of a webhook that are encrypted. */
type SecretText = 'address' | 'secret'

export function sealText(cipher: TextCipher, webhookId: string, what: SecretText, text: string): Promise<Uint8Array> {
  return cipher.encrypt(text, `${what} ${webhookId}`)
}

export function openText(cipher: TextCipher, webhookId: string, what: SecretText, sealed: Uint8Array): Promise<string> {
  return cipher.decrypt(sealed, `${what} ${webhookId}`)
}
