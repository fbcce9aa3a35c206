import { type ComponentChildren, createElement, type VNode } from 'preact'

/** Attributes and event handlers, by the names that Preact has for them. */
type Attributes = Readonly<Record<string, unknown>>

/** What a field's handler reads of its event. The browser's own types are not for what is tested without one. */
export type FieldEvent = { readonly currentTarget: { readonly value: string; readonly checked: boolean } }

/** What a form's handler reads of its submission. */
export type FormEvent = { readonly preventDefault: () => void }

/** An element of a view. Preact's own types do not fit strict optional properties, so this narrows them in one place. */
export function h(tag: string, attributes: Attributes, ...children: readonly ComponentChildren[]): VNode {
  return createElement(tag, attributes, ...children) as unknown as VNode
}
