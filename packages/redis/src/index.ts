export { redisShare } from './redis-share.ts'
export type { RedisShareOptions } from './redis-share.ts'
export { redisStore } from './redis-store.ts'
export type {
  RedisAddress,
  RedisClusterOptions,
  RedisCredentials,
  RedisSentinelOptions,
  RedisStoreOptions,
  RedisTlsOptions,
} from './options.ts'
