const script = '/assets/desk.js'
const lookEveryMs = 60_000

/** Calls `told` once when the service has another version of the desk's script than this page runs. */
export function watchForNewerPage(told: () => void): void {
  let mine: string | null = null
  let isTold = false
  const look = async () => {
    if (isTold || document.hidden) return
    const tag = await scriptTag()
    if (tag === null) return
    if (mine !== null && tag !== mine) {
      isTold = true
      told()
    }
    mine ??= tag
  }
  void look()
  setInterval(() => void look(), lookEveryMs)
  document.addEventListener('visibilitychange', () => void look())
}

/** Names the version of the script that the service has; null when it cannot be known now. */
async function scriptTag(): Promise<string | null> {
  try {
    const answer = await fetch(script, { method: 'HEAD', cache: 'no-cache' })
    return answer.ok ? (answer.headers.get('etag') ?? answer.headers.get('last-modified')) : null
  } catch {
    return null
  }
}

/** Loads the page again with the newest script and style: the browser may still hold older ones. */
export async function reloadNewest(): Promise<void> {
  await Promise.all(
    [script, '/assets/desk-account.js', '/style.css', '/desk.css'].map((path) =>
      fetch(path, { cache: 'reload' }).catch(() => null),
    ),
  )
  location.reload()
}
