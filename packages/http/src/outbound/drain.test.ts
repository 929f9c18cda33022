import { wheelOf } from '@holdfast/core'
import { VirtualClock } from '@holdfast/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { drain } from './drain.ts'

let clock: VirtualClock

beforeEach(() => {
  clock = new VirtualClock()
})

/** A body of so many pieces of 16 KiB, with how many were taken and why it was given up. */
function body(pieces: number, ends: 'closes' | 'hangs' | 'breaks' = 'closes') {
  const told = { taken: 0, cancelled: false }
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller): Promise<void> | undefined {
        if (told.taken < pieces) {
          told.taken++
          controller.enqueue(new Uint8Array(16_384))
          return undefined
        }
        if (ends === 'breaks') controller.error(new Error('broken off'))
        if (ends === 'closes') controller.close()
        return ends === 'hangs' ? new Promise(() => {}) : undefined
      },
      cancel() {
        told.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, told }
}

describe('what nobody wants of a body', () => {
  it('is read to the end where there is little of it', async () => {
    const { stream, told } = body(4)
    await drain(stream, clock)
    expect(told).toEqual({ taken: 4, cancelled: false })
    await drain(null, clock)
    expect(wheelOf(clock).size).toBe(0)
  })

  it('is given up after 64 KiB', async () => {
    const { stream, told } = body(1_000)
    await drain(stream, clock)
    expect(told).toEqual({ taken: 5, cancelled: true })
    expect(wheelOf(clock).size).toBe(0)
  })

  it('is given up after a second', async () => {
    const { stream, told } = body(1, 'hangs')
    const drained = drain(stream, clock)
    await clock.advance(999)
    expect(told.cancelled).toBe(false)
    await clock.advance(1)
    await drained
    expect(told.cancelled).toBe(true)
    expect(wheelOf(clock).size).toBe(0)
  })

  it('may break off', async () => {
    await expect(drain(body(1, 'breaks').stream, clock)).rejects.toThrow('broken off')
    expect(wheelOf(clock).size).toBe(0)
  })
})
