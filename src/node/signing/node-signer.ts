import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { ed25519Signer, type KeyedSigner } from '../../signing/ed25519-signer.ts'

/** Makes the signer of a private key of 32 bytes, by OpenSSL. */
export function nodeSigner(seed: Uint8Array): KeyedSigner {
  return ed25519Signer<KeyObject>({ createHash, createPrivateKey, createPublicKey, sign }, seed)
}
