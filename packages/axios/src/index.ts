export { holdfast } from './adapter.ts'
export type { HoldfastAdapter, HoldfastAdapterOptions } from './adapter.ts'
export type { CallOptions } from './axios-request.ts'
