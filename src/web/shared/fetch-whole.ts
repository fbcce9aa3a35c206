/** How long nothing may come until an answer is given up, by the first attempt. */
const silentMs = 5_000
/** Whoever needs the same text waits for it too, so one that comes drop by drop must end. */
const wholeMsMax = 120_000
const lookMs = 500

/** When something came last, in any of the requests: on a slow line they wait for one another. */
let cameAt = 0

/**
 * Fetches a text, or fails once nothing has come for five seconds: on some networks a connection stops silently after some
 * kilobytes. A slow line that brings something is waited for, two minutes at most. `tried`: each further attempt has five seconds
 * more, for lines on which even the beginning takes longer. It begins anew rather than where it stopped: a part of an answer
 * is sent without compression, and so would be longer than the whole.
 */
export async function fetchWhole(
  path: string,
  tried: number,
  init: RequestInit = {},
): Promise<{ readonly answer: Response; readonly text: string }> {
  const abort = new AbortController()
  const beganAt = Date.now()
  cameAt = beganAt
  const isLost = () => Date.now() - cameAt > silentMs * tried || Date.now() - beganAt > wholeMsMax
  const timer = setInterval(() => isLost() && abort.abort(), lookMs)
  try {
    const answer = await fetch(path, { ...init, signal: abort.signal })
    const reader = answer.body?.getReader()
    const decoder = new TextDecoder()
    for (let text = ''; ; ) {
      cameAt = Date.now()
      const piece = await reader?.read()
      if (piece?.value === undefined) return { answer, text }
      text += decoder.decode(piece.value, { stream: true })
    }
  } finally {
    clearInterval(timer)
  }
}
