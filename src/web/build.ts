import { createHash } from 'node:crypto'
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { type BuildOptions, build, type OutputFile, type Plugin, transform } from 'esbuild'
import { withoutPrivateNames } from './private-names.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const assets = here('../../public/assets')

/**
 * What the build tells the service of, for its pages (`#built`): the readers' style sheet, the script that loads their scripts, and
 * the address of each with those of what it imports.
 */
export type Built = {
  readonly style: string
  /** SHA-256 of it, as the content security policy names it. */
  readonly styleHash: string
  readonly loader: string
  readonly loaderHash: string
  readonly readerScript: readonly string[]
  /** Of the permanent pages of alerts. */
  readonly alertScript: readonly string[]
  /** Of their other pages. */
  readonly plainScript: readonly string[]
}

/** Of the one sheet of all pages readers are sent what stands before this. */
const deskStyle = '\n/* The desk */\n'

async function readerStyle(): Promise<Pick<Built, 'style' | 'styleHash'>> {
  const [ours, ...others] = readFileSync(here('../../public/style.css'), 'utf8').split(deskStyle)
  if (ours === undefined || others.length !== 1)
    throw new Error('style.css has its part of the desk behind one comment')
  const { code } = await transform(ours, { ...lowered, loader: 'css', minify: true })
  const style = code.trim()
  return { style, styleHash: hashOf(style) }
}

/** The script that stands in each of the readers' pages. */
async function pageLoader(folder: string): Promise<Pick<Built, 'loader' | 'loaderHash'>> {
  const [built] = await bundled(folder, 'iife', { 'page-loader': here('reader/loader/page-loader.ts') })
  const loader = built?.text.trim() ?? ''
  return { loader, loaderHash: hashOf(loader) }
}

/** As a content security policy names what stands in a page. */
function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}

/** Bundles the browser's scripts, one file each, into a folder: `public/assets` unless another is given. */
export async function buildScripts(folder = assets): Promise<void> {
  const scripts = await bundled(folder, 'iife', {
    desk: here('desk/desk-app.ts'),
    // A service worker cannot import at run time.
    'service-worker': here('service-worker/service-worker.ts'),
    'push-check': here('service-worker/push-check.ts'),
    mirrors: here('service-worker/imported/mirrors.ts'),
    'renew-subscription': here('service-worker/imported/renew-subscription.ts'),
    'desk-worker': here('service-worker/desk-worker.ts'),
  })
  // What the desk's page loads when it is wanted is a module, with exports.
  const modules = await bundled(folder, 'esm', { 'desk-account': here('desk/account/account-script.ts') })
  const reader = await readerScripts(folder)
  for (const { path, contents } of [...scripts, ...modules, ...reader]) writeChanged(path, contents)
  const addressesOf = (name: string) => {
    const entry = reader.find(({ path }) => basename(path).startsWith(`${name}-`))
    if (entry === undefined) throw new Error(`the script ${name} was not built`)
    return withImports(basename(entry.path), reader).map((file) => `/assets/immutable/${file}`)
  }
  const built: Built = {
    ...(await readerStyle()),
    ...(await pageLoader(folder)),
    readerScript: addressesOf('reader'),
    alertScript: addressesOf('alert-script'),
    plainScript: addressesOf('plain-script'),
  }
  writeChanged(join(folder, 'built.json'), Buffer.from(`${JSON.stringify(built)}\n`))
  removeOld(join(folder, 'immutable'), new Set(reader.map(({ path }) => path)))
}

/** A script and all that has to be there before it runs. */
function withImports(name: string, files: readonly OutputFile[]): readonly string[] {
  const names = new Set([name])
  // What is added meanwhile is looked at as well.
  for (const it of names) {
    const text = files.find(({ path }) => basename(path) === it)?.text ?? ''
    for (const [, other = ''] of text.matchAll(/(?:from|import)"\.\/([\w-]+\.js)"/g)) names.add(other)
  }
  return [...names]
}

/**
 * The scripts of the readers' pages, in parts that are loaded as they are needed. Their names change with what is in them. Each
 * page has a build of its own: what one alone needs is then not cut into more parts for the other's sake.
 */
async function readerScripts(folder: string) {
  const pages = await Promise.all(
    ['reader', 'alert-script', 'plain-script'].map((name) =>
      build({
        ...{ entryPoints: { [name]: here(`reader/${name}.ts`) }, outdir: join(folder, 'immutable') },
        ...{ format: 'esm', splitting: true, entryNames: '[name]-[hash]', chunkNames: '[name]-[hash]' },
        // `common-parts.ts` imports modules for the chunks that they fall into, which package.json calls without effect.
        ignoreAnnotations: true,
        ...bundlingOptions,
      }),
    ),
  )
  return pages.flatMap(({ outputFiles }) => outputFiles)
}

/** How long a file stays whose name is not in use any more: pages that were sent before a build still ask for it. */
const oldKeptMs = 7 * 24 * 60 * 60_000

function removeOld(folder: string, present: ReadonlySet<string>): void {
  for (const name of globSync('*.js', { cwd: folder })) {
    const path = join(folder, name)
    if (!present.has(path) && Date.now() - statSync(path).mtimeMs > oldKeptMs) rmSync(path)
  }
}

const lowered = {
  // Many readers have old phones: these are the oldest browsers that are supported.
  target: ['es2020', 'chrome80', 'firefox78', 'safari14'],
  // Safari 14.0 supports it but for a rare bug of scopes, and esbuild cannot lower it.
  supported: { destructuring: true },
  // Fields of classes are assigned, not defined one by one by a helper: none of ours is looked at before it has a value.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
}
const privateNames: Plugin = {
  name: 'private-names',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      if (path.includes('node_modules')) return undefined
      return { loader: 'ts', contents: withoutPrivateNames(readFileSync(path, 'utf8')) }
    })
    // Its fields are assigned as ours are: the helper that defines them would be a part that every other one imports.
    onLoad({ filter: /[\\/]@noble[\\/]ed25519[\\/]index\.js$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8'),
    }))
  },
}

/** How every script is bundled. */
export const bundlingOptions: BuildOptions & { write: false } = {
  ...lowered,
  // The names of parts depend on it: every build of one version must give the same, wherever it is begun.
  absWorkingDir: here('../..'),
  bundle: true,
  minify: true,
  sourcemap: false,
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
  plugins: [privateNames],
  mangleProps: /^\$_/,
}

async function bundled(outdir: string, format: 'iife' | 'esm', entryPoints: Readonly<Record<string, string>>) {
  const { outputFiles } = await build({
    ...{ entryPoints, outdir, format },
    ...bundlingOptions,
  })
  return outputFiles
}

/**
 * Writes a file when its content differs. Atomically, because a service may be reading it: it gets either the old
 * content or the new.
 */
export function writeChanged(path: string, contents: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(contents)) return
  mkdirSync(dirname(path), { recursive: true })
  const fresh = `${path}.${process.pid}`
  writeFileSync(fresh, contents)
  renameSync(fresh, path)
}

const texts = '**/*.{js,css,svg,webmanifest,txt,json}'
/** Less than this fits into one packet anyway. */
const bytesMin = 512

/**
 * Writes the compressed forms of the texts of a folder beside them (`.br`, `.gz`), at the highest levels: it is done once. They
 * have the time of their file, so that each has the same Last-Modified.
 */
export function compressBeside(folder: string): void {
  for (const name of globSync(texts, { cwd: folder })) {
    const path = join(folder, name)
    const text = readFileSync(path)
    const forms = text.length < bytesMin ? {} : { '.br': brotli(text), '.gz': gzipSync(text, { level: 9 }) }
    const { atimeMs, mtimeMs } = statSync(path)
    for (const [ending, form] of Object.entries(forms)) {
      writeChanged(`${path}${ending}`, form)
      utimesSync(`${path}${ending}`, atimeMs / 1_000, mtimeMs / 1_000)
    }
  }
  // Those whose file is gone.
  for (const name of globSync('**/*.{br,gz}', { cwd: folder })) {
    const path = join(folder, name)
    if (!existsSync(path.replace(/\.(br|gz)$/, ''))) rmSync(path)
  }
}

function brotli(text: Uint8Array): Uint8Array {
  const { BROTLI_PARAM_MODE, BROTLI_MODE_TEXT, BROTLI_PARAM_QUALITY, BROTLI_MAX_QUALITY } = constants
  return brotliCompressSync(text, {
    params: { [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT, [BROTLI_PARAM_QUALITY]: BROTLI_MAX_QUALITY },
  })
}

if (import.meta.main) {
  await buildScripts()
  compressBeside(here('../../public'))
}
