import { type ComponentChildren, createElement, type VNode } from 'preact'

/** Attributes and event handlers, by the names that Preact has for them. */
type Attributes = Readonly<Record<string, unknown>>

/** An element of a view. Preact's own types do not fit strict optional properties, so this narrows them in one place. */
export function h(tag: string, attributes: Attributes, ...children: readonly ComponentChildren[]): VNode {
  return createElement(tag, attributes, ...children) as unknown as VNode
}
