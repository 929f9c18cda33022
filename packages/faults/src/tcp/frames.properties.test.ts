import { around } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Frames } from './frames.ts'

/** Frames whose first byte says how many follow. */
const frameOf = (length: number): Buffer => Buffer.from(Array.from({ length: length + 1 }, () => length))
const lengthOf = (bytes: Buffer): number => (bytes[0] ?? 0) + 1

/** The stream cut into chunks of these lengths, again and again. */
function chunksOf(stream: Buffer, lengths: readonly number[]): readonly Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const length = lengths[turn % lengths.length] ?? stream.length
    chunks.push(stream.subarray(at, at + length))
    at += length
  }
  return chunks
}

/** What whole frames a stream is made of; an incomplete one last. */
function split(stream: Buffer): readonly Buffer[] {
  if (stream.length === 0) return []
  const length = lengthOf(stream)
  return [stream.subarray(0, length), ...split(stream.subarray(length))]
}

const lengths = fc.array(around(5), { minLength: 1, maxLength: 12 })
const cuts = fc.array(fc.constantFrom(1, 2, 5, 6, 7, 100), { minLength: 1, maxLength: 6 })

describe('frames', () => {
  test('are found however the stream is cut, the newest first', () => {
    fc.assert(
      fc.property(lengths, cuts, around(5), (all, cutting, wanted) => {
        const frames = new Frames(lengthOf)
        const stream = Buffer.concat(all.map(frameOf))
        const passed = chunksOf(stream, cutting).flatMap((chunk) => frames.pass(chunk))
        expect(Buffer.concat(passed)).toEqual(stream)
        expect(frames.find(() => true)).toEqual(frameOf(all.at(-1) ?? 0))
        const found = frames.find((frame) => frame[0] === wanted)
        expect(found).toEqual(all.includes(wanted) ? frameOf(wanted) : undefined)
      }),
    )
  })

  test('are put in between two others, never inside one', () => {
    fc.assert(
      fc.property(lengths, cuts, fc.array(fc.boolean(), { minLength: 1 }), (all, cutting, choices) => {
        const frames = new Frames(lengthOf)
        const extra = frameOf(99)
        let added = 0
        const stream = Buffer.concat(all.map(frameOf))
        const passed = chunksOf(stream, cutting).flatMap((chunk, index) => {
          const through = frames.pass(chunk)
          if (choices[index % choices.length] !== true) return through
          added++
          return [...through, ...frames.putIn(extra)]
        })
        const got = split(Buffer.concat(passed))
        expect(got.filter((frame) => frame[0] === 99)).toEqual(Array.from({ length: added }, () => extra))
        expect(Buffer.concat(got.filter((frame) => frame[0] !== 99))).toEqual(stream)
      }),
    )
  })
})
