import { describe, expect, it } from 'vitest'
import { OverrideView } from './fleet-override.ts'
import type { OverrideReply } from './protocol/look.ts'

const said = (epoch: number, more: Partial<OverrideReply> = {}): OverrideReply => ({
  epoch,
  state: 'open',
  remainingMs: 1_000,
  by: 'ann',
  why: 'maintenance',
  ...more,
})

describe('what an instance knows of an override', () => {
  it('ends by itself, whether or not anybody says so', () => {
    const view = new OverrideView()
    view.learn(said(5), 0)
    expect([view.ended(999), view.current?.state]).toEqual([false, 'open'])
    expect([view.ended(1_000), view.current]).toEqual([true, undefined])
  })

  it('is not made longer by hearing of it again', () => {
    const view = new OverrideView()
    view.learn(said(5), 0)
    expect(view.learn(said(5), 600)).toBe(false)
    expect(view.current?.until).toBe(1_000)
  })

  it('gains by whom and why when they are read after the push', () => {
    const view = new OverrideView()
    view.learn(said(5, { by: '', why: '' }), 0)
    expect(view.learn(said(5, { remainingMs: 900 }), 100)).toBe(true)
    expect(view.current).toEqual({ state: 'open', until: 1_000, by: 'ann', reason: 'maintenance' })
  })

  it('does not go back to what was said before', () => {
    const view = new OverrideView()
    view.learn(said(5, { state: 'closed' }), 0)
    expect([view.learn(said(4), 10), view.current?.state]).toEqual([false, 'closed'])
  })

  it('outlives a server that has lost it, until something else is said there', () => {
    const view = new OverrideView()
    view.learn(said(5), 0)
    expect(view.learn(said(0, { state: 'none', remainingMs: 0 }), 10, 10)).toBe(false)
    expect([view.learn(said(3, { state: 'none', remainingMs: 0 }), 20, 20), view.current]).toEqual([
      true,
      undefined,
    ])
  })
})
