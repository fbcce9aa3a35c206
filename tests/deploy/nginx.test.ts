import { onNode } from '../strangers/harness.ts'
import { shippedProxySuite } from './shipped-proxy-suite.ts'

shippedProxySuite('nginx', 'Node', onNode)
