import { onTwoProcesses } from '../interop/harness.ts'
import { shippedProxySuite } from './shipped-proxy-suite.ts'

shippedProxySuite('haproxy', 'two processes', onTwoProcesses)
