import { globSync, readFileSync } from 'node:fs'

/** A fenced block of code of a document: its language, its text and the line it begins on. */
export type Block = { readonly path: string; readonly language: string; readonly text: string; readonly line: number }

/** The documents of the repository, by their paths from its root. */
export const documents: readonly string[] = globSync(['*.md', '{deploy,docs,src,tests}/**/*.md'], {
  exclude: ['**/node_modules/**', '**/dist/**'],
}).sort()

export function textOf(path: string): string {
  return readFileSync(path, 'utf8')
}

/** The fenced blocks of a document, in their order. */
export function blocksOf(path: string): readonly Block[] {
  const lines = textOf(path).split('\n')
  const blocks: Block[] = []
  let from: number | null = null
  for (const [at, line] of lines.entries()) {
    if (!line.startsWith('```')) continue
    if (from === null) from = at
    else {
      const text = lines.slice(from + 1, at).join('\n')
      blocks.push({ path, language: (lines[from] ?? '').slice(3).trim(), text, line: from + 1 })
      from = null
    }
  }
  return blocks
}

/** The document without its fenced blocks. */
export function proseOf(path: string): string {
  return textOf(path).replace(/^```[\s\S]*?^```$/gm, '')
}

/** The anchors that GitHub makes of a document's headings. */
export function anchorsOf(path: string): readonly string[] {
  return [...proseOf(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  )
}
