import { describe, expect, it } from 'vitest'
import { postgresMeaning, redisMeaning } from '../index.ts'

const coded = (code: string): Error => Object.assign(new Error('x'), { code })

describe('an error of PostgreSQL', () => {
  it.each([
    ['08006', 'unknown'],
    ['08001', 'undone'],
    ['40001', 'again'],
    ['40P01', 'again'],
    ['40003', 'unknown'],
    ['53300', 'undone'],
    ['57P01', 'unknown'],
    ['57P03', 'undone'],
    ['57014', 'unknown'],
    ['23505', 'answered'],
    ['42601', 'answered'],
    ['XX000', 'answered'],
    ['P0001', 'answered'],
    // Not a state, but a code of Node's.
    ['EPIPE', 'unknown'],
    ['ECONNRESET', 'unknown'],
    ['ECONNREFUSED', 'undone'],
  ])('with the code %s is %s', (code, meaning) => {
    expect(postgresMeaning(coded(code))).toBe(meaning)
  })

  it('says nothing of what was done where the connection ended, and that nothing was where there was none', () => {
    expect(postgresMeaning(new Error('Connection terminated unexpectedly'))).toBe('unknown')
    expect(postgresMeaning(new Error('timeout exceeded when trying to connect'))).toBe('undone')
    expect(postgresMeaning(undefined)).toBe('unknown')
  })
})

describe('an error of Redis', () => {
  it.each([
    ['LOADING Redis is loading the dataset in memory', 'undone'],
    ['CLUSTERDOWN The cluster is down', 'undone'],
    ["READONLY You can't write against a read only replica.", 'undone'],
    ['TRYAGAIN Multiple keys request during rehashing of slot', 'again'],
    ['MOVED 3999 127.0.0.1:6381', 'answered'],
    ['ASK 3999 127.0.0.1:6381', 'answered'],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'answered'],
    ['ERR unknown command', 'answered'],
    ['NOSCRIPT', 'answered'],
    ['Connection is closed.', 'unknown'],
    ['Reached the max retries per request limit (which is 1).', 'unknown'],
    ["Stream isn't writeable and enableOfflineQueue options is false", 'undone'],
  ])('that reads %s is %s', (message, meaning) => {
    expect(redisMeaning(new Error(message))).toBe(meaning)
  })

  it('is known by its code where there is no connection', () => {
    expect(redisMeaning(coded('ECONNREFUSED'))).toBe('undone')
    expect(redisMeaning(coded('ECONNRESET'))).toBe('unknown')
    expect(redisMeaning('LOADING')).toBe('unknown')
  })
})
