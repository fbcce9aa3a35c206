import { existsSync, globSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { writeChanged } from './write-changed.ts'

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
