export { fetchThrough } from './fetch-through.ts'
export { holdfast } from './interceptor.ts'
export type { HoldfastInterceptor } from './interceptor.ts'
