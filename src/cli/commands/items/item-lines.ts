import { paint, type Shell, untrustedText } from '../../shell.ts'

/** An item, as far as the commands show it. */
export type ShownItem = {
  readonly id: string
  readonly version: number
  readonly state: string
  readonly kind: string
  readonly hash: string
  readonly alertId: string
  readonly level?: string
  readonly texts?: Readonly<Record<string, { readonly headline?: string; readonly summary?: string | null }>>
  readonly note?: Readonly<Record<string, string>>
  readonly changedBy?: { readonly name: string }
  readonly approvalsWanted: number
  readonly approvals?: readonly { readonly by: { readonly name: string } }[]
  readonly releaseAt: string | null
  readonly refusal: { readonly detail: string } | null
}

/** What each state means for who has just asked. */
const meaning: Readonly<Record<string, (item: ShownItem) => string>> = {
  draft: () => 'a draft',
  'awaiting-approval': ({ approvals = [], approvalsWanted }) =>
    `awaits the approval of another editor (${approvals.length} of ${approvalsWanted})`,
  held: ({ releaseAt }) => `held; goes out at ${releaseAt}`,
  scheduled: ({ releaseAt }) => `scheduled; goes out at ${releaseAt}`,
  missed: () => 'its time was missed; publish or cancel it',
  refused: ({ refusal }) => `could not go out: ${refusal?.detail ?? ''}`,
  published: ({ alertId }) => `published as alert ${alertId}`,
  cancelled: () => 'cancelled; it does not go out',
}
/** An item in a list: what it waits for, its id, and a headline by which it is recognised. */
export function listedLines(item: ShownItem, shell: Shell): readonly string[] {
  const lines = itemLines(item, shell).slice(0, 2)
  const said = Object.entries(item.texts ?? {}).find(([, { headline }]) => headline)
  const [tag, words] = said === undefined ? (Object.entries(item.note ?? {})[0] ?? []) : [said[0], said[1].headline]
  return tag === undefined ? lines : [...lines, `  ${tag.padEnd(8)}${untrustedText(shell, words ?? '')}`]
}

const ways: Readonly<Record<string, string>> = {
  'awaiting-approval': 'approve',
  held: 'cancel',
  scheduled: 'cancel',
  missed: 'publish',
}

const outcomes: Readonly<Record<string, string>> = { published: 'Published', cancelled: 'Not out' }

/** An item in lines: its state, its id and what to do first; then all that readers would see. `detail`: the service's own words. */
export function itemLines(item: ShownItem, shell: Shell, detail?: string): readonly string[] {
  const { id, state, kind, level, texts = {}, note = {}, changedBy, alertId } = item
  const colour = state === 'published' ? 'green' : 'yellow'
  const said = meaning[state]?.(item) ?? state
  const way = ways[state]
  const lines = [
    `${paint(shell, colour, outcomes[state] ?? 'Not out yet')}  ${untrustedText(shell, said)}`,
    `  item ${[id, kind, level, changedBy && `last changed by ${untrustedText(shell, changedBy.name)}`].filter(Boolean).join(' · ')}`,
  ]
  for (const [tag, { headline = '', summary }] of Object.entries(texts)) {
    lines.push(`  ${tag.padEnd(8)}${untrustedText(shell, headline)}`)
    if (summary) lines.push(`  ${' '.repeat(8)}${untrustedText(shell, summary)}`)
  }
  for (const [tag, words] of Object.entries(note)) lines.push(`  ${tag.padEnd(8)}note: ${untrustedText(shell, words)}`)
  if (state === 'held' || state === 'scheduled')
    lines.push(kind === 'alert' ? `  it will be alert ${alertId}` : `  it is a ${kind} of alert ${alertId}`)
  if (detail !== undefined && state === 'awaiting-approval') lines.push(`  ${untrustedText(shell, detail)}`)
  if (way !== undefined) lines.push(paint(shell, 'dim', `  npx tocsin items ${way} ${id}`))
  return lines
}
