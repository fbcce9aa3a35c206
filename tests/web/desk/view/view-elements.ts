import type { ComponentChildren, VNode } from 'preact'

type Element = { readonly tag: string; readonly props: Readonly<Record<string, unknown>>; readonly text: string }

/** The elements of a view of the desk, outermost first, without a browser. */
export function elementsOf(view: ComponentChildren): readonly Element[] {
  if (Array.isArray(view)) return view.flatMap(elementsOf)
  if (!isElement(view)) return []
  const { children, ...props } = view.props as { readonly children?: ComponentChildren }
  return [{ tag: String(view.type), props, text: textOfView(view) }, ...elementsOf(children)]
}

/** What a view of the desk says. */
export function textOfView(view: ComponentChildren): string {
  if (Array.isArray(view)) return view.map(textOfView).join('')
  if (isElement(view)) return textOfView((view.props as { readonly children?: ComponentChildren }).children)
  return typeof view === 'string' || typeof view === 'number' ? String(view) : ''
}

function isElement(view: ComponentChildren): view is VNode {
  return typeof view === 'object' && view !== null && 'type' in view
}
