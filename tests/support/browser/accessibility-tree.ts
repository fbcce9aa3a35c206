import type { Page } from 'puppeteer-core'

type Value = { readonly value?: unknown }
type Node = {
  readonly nodeId: string
  readonly ignored: boolean
  readonly role?: Value
  readonly name?: Value
  readonly properties?: readonly { readonly name: string; readonly value: Value }[]
  readonly childIds?: readonly string[]
}

/** States and properties that a screen reader says; the rest depends on the browser's version. */
const said = ['level', 'checked', 'expanded', 'live', 'pressed', 'required', 'disabled']

/**
 * The page as assistive technology has it, a line a node: role, name and what else is said. Times are replaced, because they are
 * another in each run.
 */
export async function accessibilityTree(page: Page): Promise<string> {
  const session = await page.createCDPSession()
  try {
    const { nodes } = (await session.send('Accessibility.getFullAXTree')) as { nodes: readonly Node[] }
    const byId = new Map(nodes.map((node) => [node.nodeId, node]))
    const [root] = nodes
    return root === undefined ? '' : `${linesOf(root, byId, 0, '').join('\n')}\n`
  } finally {
    await session.detach()
  }
}

function linesOf(node: Node, byId: ReadonlyMap<string, Node>, depth: number, above: string): string[] {
  const role = String(node.role?.value ?? '')
  const name = String(node.name?.value ?? '')
  if (role === 'InlineTextBox') return []
  const isTime = role.toLowerCase() === 'time'
  // A text that only repeats the name of what it stands in is not said twice.
  const isPlain = node.ignored || role === 'none' || role === 'generic' || (role === 'StaticText' && name === above)
  const below = (inner: number) =>
    isTime
      ? []
      : (node.childIds ?? []).flatMap((id) => {
          const child = byId.get(id)
          return child === undefined ? [] : linesOf(child, byId, inner, name === '' ? above : name)
        })
  if (isPlain) return below(depth)
  const states = (node.properties ?? [])
    .filter((it) => said.includes(it.name) && it.value.value !== false && it.value.value !== 'off')
    .map((it) => ` ${it.name}=${String(it.value.value)}`)
  const quoted = isTime ? ' (a time)' : name === '' ? '' : ` ${JSON.stringify(name)}`
  return [`${'  '.repeat(depth)}${role}${quoted}${states.join('')}`, ...below(depth + 1)]
}
