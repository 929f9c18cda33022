import type { Goal } from './report.ts'

/** What became of the requests of one scene. */
export interface Scene {
  readonly name: string
  readonly requests: number
  readonly failed: number
  readonly byPrimary: number
  /** What the circuits of the three gateways did, in milliseconds after the scene began. */
  readonly circuits: readonly (number | undefined)[]
  readonly did: string
}

export interface SharedResult {
  readonly scenes: readonly Scene[]
}

const widths = [30, 10, 8, 12, 40]

export function sharedTable({ scenes }: SharedResult): string {
  const head = row('scene', 'requests', 'failed', 'by primary', 'circuits of a, b, c')
  const rows = scenes.map(({ name, requests, failed, byPrimary, circuits, did }) =>
    row(name, String(requests), String(failed), String(byPrimary), described(circuits, did)),
  )
  return [head, '─'.repeat(100), ...rows].join('\n')
}

function row(...cells: readonly string[]): string {
  const [name = '', ...rest] = cells
  const [first = 0, ...others] = widths
  const last = rest.pop() ?? ''
  return `${name.padEnd(first)}${rest.map((cell, at) => cell.padStart(others[at] ?? 0)).join('')}  ${last}`
}

function described(circuits: readonly (number | undefined)[], did: string): string {
  if (did === '') return 'no change'
  const moments = circuits.map((ms) => (ms === undefined ? '–' : `${(ms / 1_000).toFixed(2)} s`))
  return `${did} after ${moments.join(', ')}`
}

export function sharedGoals({ scenes }: SharedResult): readonly Goal[] {
  const [, cut, , killed, back, forced, , stopped] = scenes
  const all = (scene: Scene | undefined, withinMs: number): boolean =>
    scene?.circuits.every((ms) => ms !== undefined && ms <= withinMs) === true
  const requests = scenes.reduce((sum, scene) => sum + scene.requests, 0)
  const failed = scenes.reduce((sum, scene) => sum + scene.failed, 0)
  const [a, ...others] = cut?.circuits ?? []
  const alone = a !== undefined && others.every((ms) => ms === undefined)
  return [
    { text: 'one gateway cut off opens its own circuit and no other', met: alone },
    { text: 'the primary killed: all three are open within 2.4 s', met: all(killed, 2_400) },
    { text: 'the primary back: all three are closed within 3 s', met: all(back, 3_000) },
    { text: 'forced open by an operator: in force everywhere within 1 s', met: all(forced, 1_000) },
    { text: 'Redis silent for 5 s: no request is lost because of it', met: stopped?.failed === 0 },
    { text: 'at least 99 % success in all', met: requests > 0 && failed / requests <= 0.01 },
  ]
}
