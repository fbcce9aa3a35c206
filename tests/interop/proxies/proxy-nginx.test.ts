import { onNode } from '../harness.ts'
import { proxySuite } from './proxy-suite.ts'

proxySuite('nginx', 'Node', onNode)
