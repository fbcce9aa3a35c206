import { onNode } from '../interop/harness.ts'
import { shippedProxySuite } from './shipped-proxy-suite.ts'

shippedProxySuite('nginx', 'Node', onNode)
