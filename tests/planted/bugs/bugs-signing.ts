import type { Bug } from '../bugs.ts'

// Bugs in the signatures.

export const signingBugs: readonly Bug[] = [
  {
    name: 'a gap between entries is taken as whole',
    file: 'src/signing/verify/verify-entries.ts',
    find: 'if (last !== undefined && verdict.prev !== last)',
    put: 'if (last !== undefined && verdict.prev === undefined)',
    tests: ['tests/signing/verify/verify-entries.test.ts'],
  },
  {
    name: 'a key is followed to without the former key’s word',
    file: 'src/signing/verify/key-trust.ts',
    find: '(await verifier.verify(older.publicKey, newer.sig, bytes)) &&',
    put: '',
    tests: ['tests/signing/verify/key-trust.test.ts'],
  },
  {
    name: 'a former key signs for ever',
    file: 'src/signing/verify/key-trust.ts',
    find: 'Date.parse(at) <= endMs ?',
    put: 'Date.parse(at) <= endMs || nth > 0 ?',
    tests: ['tests/signing/verify/key-trust.test.ts'],
  },
  {
    name: 'a signed list of mirrors may lead into the reader’s own network',
    file: 'src/signing/verify/verify-statements.ts',
    find: ' || urls.some((url) => mirrorUrlFault(url) !== null)',
    put: '',
    tests: ['tests/signing/verify/verify-statements.test.ts'],
  },
  {
    name: 'another signing key in the settings forgets the former one',
    file: 'src/node/signing/signing-key-file.ts',
    find: 'const next = rotatedRing(nodeSigner, ring, seed, now)',
    put: 'const next = ring.seed === seed ? ring : firstRing(nodeSigner, seed, now)',
    tests: ['tests/node/signing/signing-settings.test.ts'],
  },
  {
    name: 'what nobody signed may stand in a proof',
    file: 'src/signing/verify/verify-entries.ts',
    find: "if (Object.keys(others).length > 0) return { kind: 'forged' }",
    put: '',
    tests: ['tests/signing/verify/verify-entries.test.ts'],
  },
  {
    name: 'a key that no other follows may stand in a bundle',
    file: 'src/signing/verify/verify-bundle.ts',
    find: '(!isAsMade(bytes, bundle) || !(await isWholeChain(verifier, bundle.keys)))',
    put: '!isAsMade(bytes, bundle)',
    tests: ['tests/signing/verify/verify-bundle.test.ts'],
  },
  {
    name: 'the head is of a time before its newest entry once the clock was set back',
    file: 'src/http/api/head.ts',
    find: 'Math.max(signedAtMs, Date.parse(lastAt))',
    put: 'signedAtMs',
    tests: ['tests/http/api/head.test.ts'],
  },
  {
    name: 'the head is signed for each request',
    file: 'src/http/api/head.ts',
    find: 'isSame && ageMs >= 0 && ageMs < signedMs',
    put: 'isSame && ageMs < 0 && ageMs < signedMs',
    tests: ['tests/http/api/head.test.ts'],
  },
  {
    name: 'what is no time is taken where it is signed',
    file: 'src/signing/verify/verify-entries.ts',
    find: '!isUtcTime(at) ||',
    put: "typeof at !== 'string' ||",
    tests: ['tests/signing/verify/verify-bundle.test.ts'],
  },
  {
    name: 'an old node’s list of mirrors is newer than the one that was written after it',
    file: 'src/signing/statements.ts',
    find: 'const at = mirrorsAt ?? (',
    put: 'const at = (',
    tests: ['tests/signing/published-signing.test.ts'],
  },
]
