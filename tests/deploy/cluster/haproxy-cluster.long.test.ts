import { clusterProxySuite } from './cluster-proxy-suite.ts'

clusterProxySuite('haproxy')
