import { expect, it } from 'vitest'
import { Frames } from './frames.ts'

const whole = (bytes: Buffer): number => bytes.length
const lines = (bytes: Buffer): number | undefined => bytes.indexOf('\n') + 1 || undefined

it('remembers a bounded number of frames, and the newest always', () => {
  const frames = new Frames(whole)
  frames.pass(Buffer.from('first'))
  frames.pass(Buffer.alloc(2 ** 15, 'x'))
  const isFirst = (frame: Buffer): boolean => frame.toString() === 'first'
  expect(frames.find(isFirst)).toBeDefined()
  frames.pass(Buffer.alloc(2 ** 20, 'y'))
  expect(frames.find(isFirst)).toBeUndefined()
  expect(frames.find(() => true)?.[0]).toBe(0x79)
})

it('remembers few of many small frames, for each costs more than its bytes', () => {
  const frames = new Frames(whole)
  frames.pass(Buffer.from('first'))
  for (let count = 0; count < 256; count++) frames.pass(Buffer.from('x'))
  expect(frames.find((frame) => frame.toString() === 'first')).toBeUndefined()
})

it('gives up a stream whose frame does not end, and lets it pass', () => {
  const frames = new Frames(lines)
  frames.pass(Buffer.from('one\ntwo'))
  const chunk = Buffer.alloc(2 ** 20, 'x')
  frames.putIn(Buffer.from('again\n'))
  expect(frames.pass(chunk)).toEqual([chunk])
  expect(frames.pass(Buffer.from('\n'))).toEqual([Buffer.from('\n')])
  expect(frames.find(() => true)).toBeUndefined()
})

it('refuses lengths that no frame has', () => {
  for (const length of [0, -1, 0.5, Number.NaN]) {
    expect(() => new Frames(() => length).pass(Buffer.from('x'))).toThrow(
      `tcpProxy: frameLength must return a positive integer or undefined, not ${length}`,
    )
  }
})

it('waits for the rest of a frame that says at once how long it is', () => {
  const frames = new Frames(() => 4)
  frames.pass(Buffer.from('ab'))
  expect(frames.find(() => true)).toBeUndefined()
  frames.pass(Buffer.from('cdef'))
  expect(frames.find(() => true)?.toString()).toBe('abcd')
})
