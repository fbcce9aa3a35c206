import type { EditorStore } from '../../../../auth/editor.ts'
import { isLostRace, type NamedChange, withDeeds } from '../../../../desk/alert-races.ts'
import { Problem } from '../../../../domain/problem.ts'

/** Adds editors' names to a refusal `alert-changed` or `alert-retracted`, whose sentence begins with who did what. */
export async function naming<Result>(
  { editors }: { readonly editors: Pick<EditorStore, 'list'> },
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act()
  } catch (error) {
    if (!isLostRace(error) || !Array.isArray(error.extensions.changes)) throw error
    const names = new Map((await editors.list()).map(({ id, name }) => [id, name]))
    const changes: readonly NamedChange[] = error.extensions.changes.map((change) => ({
      ...change,
      by: names.get(change.by) ?? null,
    }))
    const { status, code, message, extensions } = error
    throw withDeeds(new Problem(status, code, message, { extensions: { ...extensions, changes } }), changes)
  }
}
