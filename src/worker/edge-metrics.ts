type Counted = {
  readonly head: number
  readonly hubs: number
  readonly relays: number
  readonly pushers: number
  readonly waiting: number
  readonly webhookAttempts: Readonly<Record<string, number>>
  readonly webhookMessages: Readonly<Record<string, number>>
  readonly websubAttempts: Readonly<Record<string, number>>
  readonly websubStored: Readonly<Record<string, number>>
}

/** Prometheus text (version 0.0.4) of the log object's own values. It wakes no other object. */
export function metricsText({ head, hubs, relays, pushers, waiting, ...told }: Counted): string {
  return [
    gauge('tocsin_log_head', 'The seq of the newest entry', head),
    gauge('tocsin_hubs', 'Hub objects with readers that the log object rings itself', hubs),
    gauge('tocsin_relays', 'Relay objects between the log object and further hubs', relays),
    gauge('tocsin_pushers', 'Push objects with subscriptions', pushers),
    gauge('tocsin_bells_waiting', 'Objects that have not yet answered the newest wake-up', waiting),
    labelled(
      'tocsin_webhook_attempts_total',
      'counter',
      'Attempts to tell a webhook, by how they ended',
      'outcome',
      told.webhookAttempts,
    ),
    labelled(
      'tocsin_webhook_messages',
      'gauge',
      'Messages for webhooks: waiting, or given up (dead)',
      'state',
      told.webhookMessages,
    ),
    labelled(
      'tocsin_websub_attempts_total',
      'counter',
      'Attempts to tell a subscriber of a feed, by how they ended',
      'outcome',
      told.websubAttempts,
    ),
    labelled(
      'tocsin_websub_stored',
      'gauge',
      'Subscriptions to feeds, and unverified requests',
      'kind',
      told.websubStored,
    ),
  ].join('')
}

function labelled(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  label: string,
  values: Readonly<Record<string, number>>,
): string {
  const lines = Object.entries(values).map(([value, count]) => `${name}{${label}="${value}"} ${count}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function gauge(name: string, help: string, value: number): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`
}
