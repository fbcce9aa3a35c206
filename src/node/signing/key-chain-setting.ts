import { chainFault } from '../../signing/key-ring.ts'
import { nodeSigner } from './node-signer.ts'

/** The mistakes of SIGNING_KEY_CHAIN: its public keys must be those up to the private one. */
export function chainMistakes(given: Readonly<Record<string, string | undefined>>): string[] {
  const { SIGNING_KEY: key, SIGNING_KEY_CHAIN: chain } = given
  const fault = chain === undefined ? null : chainFault(nodeSigner, key ?? null, chain)
  return fault === null ? [] : [`SIGNING_KEY_CHAIN: ${fault}`]
}
