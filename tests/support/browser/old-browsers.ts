import { transform } from 'esbuild'

/** What Chrome 80, Firefox 78 or Safari 14 lack: whoever comes with one of these would see a page that does nothing. */
const newer = [
  /\bObject\.(hasOwn|groupBy)\b/g,
  /\bMap\.groupBy\b/g,
  /\bstructuredClone\b/g,
  /\bAbortSignal\.(timeout|any|abort)\b/g,
  // What is spread is no method: the build gives functions names as short as `at`.
  /\.throwIfAborted\(/g,
  /(?<!\.\.)\.(canParse|replaceAll|replaceChildren|randomUUID|at|findLast|findLastIndex|checkVisibility|showPicker)\(/g,
  /(?<!\.\.)\.(toSorted|toReversed|toSpliced|toWellFormed|isWellFormed|isSubsetOf|intersection|difference)\(/g,
  /\bPromise\.(any|withResolvers|try)\b/g,
  /\bArray\.fromAsync\b/g,
  /\b(WeakRef|FinalizationRegistry|AggregateError|TextDecoderStream|URLPattern)\b/g,
  // A look whether it is there may stand before it.
  /(?<!in Intl\?)new Intl\.(Segmenter|ListFormat|DisplayNames|DurationFormat)\b/g,
] as const

/** The built-ins and the syntax of a built script that the oldest browsers lack. */
export async function newerThanOldBrowsers(source: string): Promise<readonly string[]> {
  const used = newer.flatMap((pattern) => [...source.matchAll(pattern)].map(([it]) => it))
  const [lowered, plain] = await Promise.all(
    ['es2020', 'esnext'].map(async (target) => (await transform(source, { target, logLevel: 'silent' })).code),
  )
  return lowered === plain ? used : [...used, 'syntax newer than ES2020']
}
