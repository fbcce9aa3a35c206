import type { AlertChanged } from '../../desk/difference.ts'
import { counted } from '../../domain/plural.ts'
import type { ProblemBody } from '../../domain/problem.ts'
import { type Shell, untrustedText } from '../shell.ts'

/** The lines of a refusal 409 `alert-changed`: who changed the alert, and what is different. None for other problems. */
export function changedLines(problem: ProblemBody | undefined, shell: Pick<Shell, 'styled'>): readonly string[] {
  if (problem?.code !== 'alert-changed') return []
  const { changes = [], earlierChanges = 0, differences = [], version } = problem as Partial<AlertChanged>
  return [
    ...(earlierChanges > 0 ? [`  ${counted(earlierChanges, 'earlier change')}, and then`] : []),
    ...changes.map(
      ({ version, kind, at, by }) => `  version ${version}  ${kind} by ${untrustedText(shell, by ?? 'someone')}, ${at}`,
    ),
    ...differences.flatMap(({ pointer, was, is }) => [
      `  ${untrustedText(shell, pointer)}`,
      `    was  ${untrustedText(shell, shown(was))}`,
      `    is   ${untrustedText(shell, shown(is))}`,
    ]),
    ...(version === undefined ? [] : [`If yours still holds, send it on the newest: --alert-version ${version}`]),
  ]
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '(nothing)'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
