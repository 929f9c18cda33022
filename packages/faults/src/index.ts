export type { FrameLength } from './frames.ts'
export type { Direction, TcpFaults } from './tcp-faults.ts'
export { tcpProxy } from './tcp-proxy.ts'
export type { TcpProxy, TcpProxyOptions, TcpProxyStatistics } from './tcp-proxy.ts'
