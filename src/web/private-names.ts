/** What stands in the place of `#` in a bundle: nothing else begins so, and the bundler makes such names short. */
export const privatePrefix = '$_'

/** A private name where it is declared or used; not a selector or a fragment in a text. */
const privateName = /(?<=\.|^[ ]+(?:(?:static|readonly|get|set|async) )*)#(?=[a-z])/gm

/**
 * A source with common properties in the place of private names (`#name`). Firefox below 90 and Safari below 14.1 lack them,
 * and the maps by which a bundler replaces them are a tenth of a script. What is private is still checked, by the compiler, in
 * the sources.
 */
export function withoutPrivateNames(source: string): string {
  return source.replace(privateName, () => privatePrefix)
}
