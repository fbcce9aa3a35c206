/**
 * Another program of this service, which runs in a thread or process of its own: as TypeScript below this folder, or as
 * the JavaScript that the build made of it, beside the others.
 */
export const programFile = (path: string): URL =>
  import.meta.url.endsWith('.ts')
    ? new URL(`${path}.ts`, import.meta.url)
    : new URL(`${path.slice(path.lastIndexOf('/') + 1)}.js`, import.meta.url)
