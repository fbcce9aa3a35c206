/** The file that makes a folder an export: the paths of what was written there, without the signatures. */
export const exportListName = '.tocsin-export.json'

const format = 'export/1'
/** What an export writes: nothing else is ever removed, whatever the list says. */
const written =
  /^(?:index\.html|mirrors\.json|minisign\.pub|[A-Za-z0-9-]{1,60}\/index\.html|bundles\/[A-Za-z0-9-]{1,60}\.json)$/

export function listText(paths: readonly string[]): string {
  return `${JSON.stringify({ tocsin: format, files: [...new Set(paths)].sort() }, null, 2)}\n`
}

/** The paths in a list; none where it is no list. */
export function listedPaths(text: Uint8Array | null): readonly string[] {
  if (text === null) return []
  try {
    const { files } = JSON.parse(new TextDecoder().decode(text)) as { readonly files?: unknown }
    return Array.isArray(files) ? files.filter((path) => typeof path === 'string' && written.test(path)) : []
  } catch {
    return []
  }
}
