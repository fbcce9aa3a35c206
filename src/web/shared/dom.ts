/** The element with this id, of this kind. Throws when the server's page and the script do not fit each other. */
export function byId<Kind extends Element>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id)
  if (!(element instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`)
  return element
}

/** The first element inside `root` that the selector finds, of this kind. Throws when there is none. */
export function within<Kind extends Element>(root: ParentNode, selector: string, kind: new () => Kind): Kind {
  const element = root.querySelector(selector)
  if (!(element instanceof kind)) throw new Error(`the page has no ${kind.name} ${selector}`)
  return element
}

/** A new element with these attributes; text goes in as text, never as markup. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/** What `replaceChildren` does, which Chrome has since 86. */
export function setChildren(parent: ParentNode & Node, ...children: readonly (Node | string)[]): void {
  parent.textContent = ''
  parent.append(...children)
}

/** The nodes of markup that the server itself wrote into the page's settings; never of a text that people wrote. */
export function nodesOf(markup: string): DocumentFragment {
  const fragment = document.createDocumentFragment()
  fragment.append(...new DOMParser().parseFromString(markup, 'text/html').body.childNodes)
  return fragment
}
