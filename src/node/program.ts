/**
 * Another program of this service, which runs in a thread or process of its own: as TypeScript beside this file, or as
 * the JavaScript that the build made of it.
 */
export const programFile = (name: string): URL =>
  new URL(`${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
