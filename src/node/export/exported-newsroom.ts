import { join } from 'node:path'
import { StartError } from '../start-errors.ts'
import { readFile } from './export-folder.ts'
import { exportListName, listedPaths } from './export-list.ts'

/**
 * Throws a StartError where a folder has the export of a newsroom of another name. `isGiven`: whether the operator has given
 * the newsroom's file; without one it is the built-in example.
 */
export function refuseOtherNewsroom(folder: string, name: string, isGiven: boolean): void {
  const found = exportedNewsroom(folder)
  if (found === null || found === name) return
  const here = isGiven
    ? `“${name}”`
    : `“${name}”, the built-in example: give the newsroom’s file with --newsroom or NEWSROOM`
  throw new StartError(
    `${folder} has the export of “${found}”, and this one is of ${here}. Nothing was written. If it is to be replaced, as after a change of the name, use --force once.`,
  )
}

/** The name of the newsroom whose export a folder has, as its bundles say; null where there is none. */
function exportedNewsroom(folder: string): string | null {
  for (const path of listedPaths(contentOf(join(folder, exportListName)))) {
    const name = path.startsWith('bundles/') ? newsroomOf(contentOf(join(folder, path))) : null
    if (name !== null) return name
  }
  return null
}

function newsroomOf(bundle: Uint8Array | null): string | null {
  try {
    const { statement } = JSON.parse(new TextDecoder().decode(bundle ?? new Uint8Array()))
    return typeof statement.newsroom === 'string' ? statement.newsroom : null
  } catch {
    return null
  }
}

/** Null where it cannot be read: what is wrong there is told when it is written. */
function contentOf(path: string): Uint8Array | null {
  try {
    return readFile(path)
  } catch {
    return null
  }
}
