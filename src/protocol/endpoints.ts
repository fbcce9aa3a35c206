/** The WebSocket of alerts. */
export const socketPath = '/v1/socket'

/** The event stream of alerts. */
export const eventsPath = '/v1/events'

/** The WebSocket sub-protocol (RFC 6455 §1.9): JSON messages in text frames. Offering none means the same. */
export const subprotocol = 'tocsin.v1.json'
