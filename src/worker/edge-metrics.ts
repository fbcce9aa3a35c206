type Counted = {
  readonly head: number
  readonly hubs: number
  readonly relays: number
  readonly pushers: number
  readonly waiting: number
}

/** Prometheus text (version 0.0.4) of the log object's own values. It wakes no other object. */
export function metricsText({ head, hubs, relays, pushers, waiting }: Counted): string {
  return [
    gauge('tocsin_log_head', 'The seq of the newest entry', head),
    gauge('tocsin_hubs', 'Hub objects with readers that the log object rings itself', hubs),
    gauge('tocsin_relays', 'Relay objects between the log object and further hubs', relays),
    gauge('tocsin_pushers', 'Push objects with subscriptions', pushers),
    gauge('tocsin_bells_waiting', 'Objects that have not yet answered the newest wake-up', waiting),
  ].join('')
}

function gauge(name: string, help: string, value: number): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`
}
