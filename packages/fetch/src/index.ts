export type { CallOptions, ResilientRequestInit } from './fetch-request.ts'
export { resilientFetch } from './resilient-fetch.ts'
export type { ResilientFetch, ResilientFetchOptions } from './resilient-fetch.ts'
