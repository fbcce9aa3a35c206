import type { IncomingMessage, RequestOptions } from 'node:http'
import type { NodePool, PoolNode } from './node-pool.ts'

/** Where requests go: to the next node, and away from one that takes no connection. */
export type NodeChoice = Pick<NodePool, 'next' | 'refused'>

/**
 * Limits of time, in milliseconds. `silentMs`: a connection that is silent for so long is cut; it misses four heartbeats
 * (HEARTBEAT_SECONDS).
 */
export const frontLimits = { headersMs: 10_000, requestMs: 60_000, answerMs: 35_000, silentMs: 100_000 } as const
export type FrontLimits = { readonly [Name in keyof typeof frontLimits]: number }

/** The options of a request to a node, without its headers. */
export function optionsTo(node: PoolNode, { method, url }: IncomingMessage): RequestOptions {
  return { host: '127.0.0.1', port: node.port, method, path: url, setHost: false }
}

/** Whether a node has refused the connection, so that it has certainly not seen the request. */
export function isConnectionRefused(error: Error): boolean {
  return 'code' in error && error.code === 'ECONNREFUSED'
}
