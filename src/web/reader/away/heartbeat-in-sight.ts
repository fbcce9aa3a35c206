import { pageHeartbeatSecondsDefault } from '../../../protocol/terms/page-heartbeat-default.ts'

/** Whether the newsroom has mirrors: then the page has them in an element. */
export const withMirrors = () => document.querySelector<HTMLElement>('main[data-mirrors]')

/**
 * How often the service is asked for a heartbeat: after two that are missing, ten seconds still suffice to ask a mirror. Where there is no
 * mirror to ask in the service's place, and while nobody sees the page, they come as seldom as usual.
 */
export function heartbeatInSight(): number | undefined {
  const mark = withMirrors()
  return mark && !document.hidden ? Number(mark.dataset.mirrors || pageHeartbeatSecondsDefault) || undefined : undefined
}
