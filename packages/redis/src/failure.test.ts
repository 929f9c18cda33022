import { ReplyError } from 'ioredis'
import { expect, it } from 'vitest'
import { failureOf } from './failure.ts'

function reply(message: string): Error {
  const error: Error = new ReplyError(message)
  return Object.assign(error, { command: { name: 'eval', args: ['secret-key'] } })
}

function coded(code: string): Error {
  return Object.assign(new Error('connect to 10.0.0.1:6379'), { code })
}

it.each([
  ["OOM command not allowed when used memory > 'maxmemory'. script: 5e, on @user_script:3.", 'out of memory'],
  ["READONLY You can't write against a read only replica. script: 5e", 'read-only'],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', 'wrong type'],
  ['NOPERM this user has no permissions to access one of the keys', 'no permission'],
  ['NOAUTH Authentication required.', 'no permission'],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'no permission'],
  ["ERR The user executing the script can't run this command or subcommand script: 5e", 'no permission'],
  [
    "ERR The user executing the script can't publish to the channel mentioned in the command",
    'no permission',
  ],
  ["ERR The user executing the script can't access at least one of the keys", 'no permission'],
  ['ERR Error running script (call to f_5e): @user_script:3: -OOM command not allowed', 'out of memory'],
  ['ERR Error running script (call to f_5e): @user_script: 3: -READONLY You can not', 'read-only'],
  ['ERR user_script:3: WRONGTYPE Operation against a key', 'wrong type'],
  ['BUSY Redis is busy running a script.', 'unreachable'],
  ['LOADING Redis is loading the dataset in memory', 'unreachable'],
  ['TRYAGAIN Multiple keys request during rehashing of slot', 'unreachable'],
  ['MOVED 1234 10.0.0.1:6379', 'unreachable'],
  ["ERR unknown command 'secret', with args beginning with: 'secret'", 'error'],
])('the server answers %s: %s', (message, reason) => {
  const failure = failureOf(reply(message))
  expect(failure.reason).toBe(reason)
  expect(failure.message).toMatch(/^the server answered [A-Z]+$/)
})

it.each([
  [coded('ECONNREFUSED'), 'unreachable'],
  [coded('ENOTFOUND'), 'unreachable'],
  [coded('SELF_SIGNED_CERT_IN_CHAIN'), 'not trusted'],
  [coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'not trusted'],
  [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'not trusted'],
  [coded('CERT_HAS_EXPIRED'), 'not trusted'],
  [coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'not trusted'],
  [new Error("Stream isn't writeable and enableOfflineQueue options is false"), 'unreachable'],
  [new Error("Cluster isn't ready and enableOfflineQueue options is false"), 'unreachable'],
  [new Error('Too many Cluster redirections. Last error: TRYAGAIN 10.0.0.1:6379'), 'unreachable'],
  [new Error('Command timed out'), 'timeout'],
  [new Error('Connection is closed.'), 'timeout'],
  ['not even an error', 'timeout'],
])('%o is %s', (error, reason) => {
  const failure = failureOf(error)
  expect(failure.reason).toBe(reason)
  expect(failure.message).not.toContain('10.0.0.1')
})
