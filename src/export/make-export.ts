import { utf8 } from '../domain/parsing/base64url.ts'
import { type BundleDeps, makeBundle } from '../http/bundle/make-bundle.ts'
import { wordsOf } from '../http/pages/page-words.ts'
import type { KeyedSigner } from '../signing/ed25519-signer.ts'
import { minisignKeyFile } from '../signing/minisign.ts'
import { signedBytes } from '../signing/signed-form.ts'
import { exportStyle } from './export-style.ts'
import { type ExportedPages, exportedLanguage, exportedLanguages } from './exported-page.ts'

/** The most alerts on a page, and its most bytes, as it is, not compressed. */
export const exportLimits = { alertsMax: 50, pageBytesMax: 65_536 } as const

/** What an export is made of. `publicUrl`: the origin of the service, null where nobody knows. */
export type ExportDeps = Omit<BundleDeps, 'signer'> & {
  readonly signer: KeyedSigner
  readonly publicUrl: string | null
}

/** The files of an export, by their paths from its folder, without their signatures; and as of when they are (ms). */
export type Export = { readonly atMs: number; readonly files: ReadonlyMap<string, Uint8Array> }

/**
 * Makes the files of a mirror, all that readers need of what is public, from a log. Bundles are what `GET /v1/bundle/{lang}`
 * answers. `progress` is told how many languages are done. Throws a Problem while an entry is not signed yet.
 */
export async function makeExport(deps: ExportDeps, progress: (done: number) => void = () => {}): Promise<Export> {
  const { newsroom, log, signer, signed } = deps
  const files = new Map<string, Uint8Array>()
  const ages: number[] = []
  const addresses = [
    ...(deps.publicUrl === null ? [] : [`${deps.publicUrl.replace(/\/+$/, '')}/`]),
    ...signed.mirrors.urls,
  ]
  const styleHash = base64(signer.sha256(utf8(exportStyle)))
  for (const [done, language] of newsroom.languages.entries()) {
    const { tag } = language
    // Read first: the page has nothing that is newer than its time.
    const interest = { languages: [tag], topics: [], level: 'routine', audience: 'public' } as const
    const alerts = (await log.recent(interest, exportLimits.alertsMax)).map(({ alert }) => alert)
    const bundle = await makeBundle(deps, tag)
    files.set(`bundles/${tag}.json`, bundle)
    // The page is of the same time as the bundle: while no entry comes, its bytes stay.
    const { at } = (JSON.parse(new TextDecoder().decode(bundle)) as { statement: { at: string } }).statement
    ages.push(Date.parse(at))
    const pages: ExportedPages = { newsroom, at, addresses, styleHash }
    files.set(`${tag}/index.html`, exportedLanguage(pages, wordsOf(language), alerts, exportLimits.pageBytesMax))
    progress(done + 1)
  }
  const atMs = Math.max(...ages)
  const [first] = newsroom.languages
  if (first === undefined) throw new Error('a newsroom has at least one language')
  const whole = { newsroom, at: new Date(atMs).toISOString(), addresses, styleHash }
  files.set('index.html', exportedLanguages(whole, wordsOf(first)))
  const { mirrors, signingKeys } = signed
  files.set('mirrors.json', signedBytes({ mirrors, signingKeys }))
  files.set('minisign.pub', utf8(minisignKeyFile(signer)))
  return { atMs, files }
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}
