/** Cache storage as a browser has it, as far as it is used. */
export function cacheStorage() {
  const all = new Map<string, Map<string, Response>>()
  const open = async (name: string) => {
    const kept = all.get(name) ?? new Map<string, Response>()
    all.set(name, kept)
    return {
      match: async (path: string) => kept.get(path)?.clone(),
      put: async (path: string, answer: Response) => void kept.set(path, answer),
      delete: async (path: string) => kept.delete(path),
      keys: async () => [...kept.keys()].map((path) => ({ url: `https://tocsin.example${path}` })),
    }
  }
  return { open, has: async (name: string) => all.has(name) }
}

/** An answer as `fetch` gives it. */
export function fetched(
  body: string,
  type: string,
  more: { redirected?: boolean; type?: ResponseType; status?: number } = {},
) {
  const { redirected = false, type: from = 'basic', status = 200 } = more
  const made = new Response(body, { status, headers: { 'Content-Type': type, 'Cache-Control': 'public' } })
  for (const copy of [made]) {
    Object.defineProperty(copy, 'type', { value: from })
    Object.defineProperty(copy, 'redirected', { value: redirected })
  }
  return made
}
