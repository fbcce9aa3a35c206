import type { Alert, Rendered } from '../../domain/alert-types.ts'
import type { KeyStorage } from '../../signing/verify/key-pin.ts'
import type { ListenOptions } from '../listen-options.ts'
import type { MirrorStorage } from '../mirrors/mirror-addresses.ts'

/**
 * Why an entry is not given to `onEntry`. `unsigned`: it has no proof. `unknown-key`: of a key that does not follow from the
 * pinned one. `forged`: the signature is not of this entry. `no-keys`: the service has not told any key. `wrong-audience`: of
 * another audience than was asked for. `not-asked-for`: genuine, but in another language, of other topics or less urgent.
 * `unavailable`: this platform cannot verify, or the storage of the keys does not answer.
 */
export type Unverified = {
  readonly reason:
    | 'unsigned'
    | 'unknown-key'
    | 'forged'
    | 'no-keys'
    | 'wrong-audience'
    | 'not-asked-for'
    | 'unavailable'
  readonly seq: number
  readonly cursor: string
  readonly replayed: boolean
  /** With `unknown-key`: the id of the key that the entry names, in base64url, for a person who compares it with the newsroom's. */
  readonly keyId?: string
}

export type VerifiedOptions<Seen extends Rendered | Alert = Rendered> = ListenOptions<Seen> & {
  /**
   * Which keys may have signed: public keys in base64url, newest first, as the newsroom tells them on another way; or `pin`, those
   * of the first sight. Later keys are trusted where the trusted one has signed that they follow.
   */
  readonly keys: 'pin' | readonly string[]
  /**
   * Where the keys are kept until the next time; without it they are pinned anew each time. With `readMirrors` and `writeMirrors` the
   * signed list of mirrors too, with `readSeen` and `writeSeen` how far was seen what is signed: a position that only a service has told,
   * and the app has kept as `after`, then hides nothing that mirrors have.
   */
  readonly keyStorage?: (KeyStorage & MirrorStorage) | undefined
  /**
   * Whether mirrors are read while the service does not answer: those of the newsroom's signed list, and besides them those that a list of
   * addresses (of folders, http or https) names here. By default they are; `false`: never. Only for the public audience.
   */
  readonly mirrors?: boolean | readonly string[] | undefined
  /** Called in the place of `onEntry`, and without the alert, so that nobody shows it by mistake. */
  readonly onUnverified: (entry: Unverified) => void
}
