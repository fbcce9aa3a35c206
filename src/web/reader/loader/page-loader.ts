import { fetchScript } from './fetch-script.ts'

// Each of the readers' pages has this script within it (`page-shell.ts`). It loads the page's own script: `data-parts` names its
// address and those of what it imports, so that none waits for another. The script runs when the page has been parsed.

// Few bytes matter here: that the element is there and has the attribute is the server's part.
const { parts } = (document.currentScript as HTMLScriptElement).dataset as { readonly parts: string }
const paths = parts.split(' ')
const parsed = new Promise((resolve) => addEventListener('DOMContentLoaded', resolve))
void Promise.all([parsed, ...paths.map(fetchScript)]).then(() => import(paths[0] as string))
