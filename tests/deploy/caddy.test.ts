import { onNode } from '../strangers/harness.ts'
import { shippedProxySuite } from './shipped-proxy-suite.ts'

shippedProxySuite('caddy', 'Node', onNode)
