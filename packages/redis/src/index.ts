export { redisStore } from './redis-store.ts'
export type {
  RedisAddress,
  RedisClusterOptions,
  RedisCredentials,
  RedisSentinelOptions,
  RedisStoreOptions,
  RedisTlsOptions,
} from './options.ts'
