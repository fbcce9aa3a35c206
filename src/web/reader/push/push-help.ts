import '../common-parts.ts'
import { pageConfig, type ReaderConfig } from '../../shared/page-config.ts'
import { withTimeout } from '../../shared/timeout.ts'

const answerMsMax = 10_000

/** The help page, as the push panel uses it: its parts by id, its words, and the form of the device's choices. */
export type Help = {
  /** A copy of a part's content; empty where there is none. */
  readonly part: (id: string) => Node
  readonly device: string
} & Pick<ReaderConfig, 'words'>

let loading: Promise<Help> | undefined

/** Loads the help page of a language, once. */
export function loadHelp(language: string): Promise<Help> {
  const loaded = loading ?? read(language)
  loading = loaded
  // What failed is tried again the next time.
  loaded.catch(() => {
    loading = undefined
  })
  return loaded
}

async function read(language: string): Promise<Help> {
  const text = await withTimeout(answerMsMax, async (signal) => {
    const answer = await fetch(`/${language}/notifications`, { credentials: 'omit', signal })
    if (!answer.ok) throw new Error(`the help was answered ${answer.status}`)
    return answer.text()
  })
  const page = new DOMParser().parseFromString(text, 'text/html')
  return { ...pageConfig<Omit<Help, 'part'>>(page), part: (id: string) => contentOf(page.getElementById(id)) }
}

/** A list stays a list; of all else what is in it is enough. */
function contentOf(part: HTMLElement | null): Node {
  if (part?.localName === 'ol') {
    const list = document.importNode(part, true)
    list.removeAttribute('id')
    return list
  }
  const text = document.createElement('p')
  for (const node of part?.childNodes ?? []) text.append(document.importNode(node, true))
  return text
}
