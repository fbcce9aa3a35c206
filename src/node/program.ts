/**
 * The URL of another program of this service, which runs in a worker thread or a child process: the TypeScript below
 * this folder, or the JavaScript file that the build made of it.
 */
export const programFile = (path: string): URL =>
  import.meta.url.endsWith('.ts')
    ? new URL(`${path}.ts`, import.meta.url)
    : new URL(`${path.slice(path.lastIndexOf('/') + 1)}.js`, import.meta.url)
