import type { Sample } from './load.ts'
import { buckets, percentile, successOf } from './measure.ts'
import type { Phase } from './schedule.ts'

const bars = ' ▁▂▃▄▅▆▇█'
const columns = 84
const label = 12

/** Success and latency over time, one column a slice of the run. */
export function picture(runs: ReadonlyMap<string, readonly Sample[]>, phases: readonly Phase[]): string {
  const endMs = phases.at(-1)?.endMs ?? 0
  const draw = (bar: (slice: readonly Sample[]) => string): readonly string[] =>
    [...runs].map(([name, samples]) => {
      const slices = buckets(samples, 0, columns, endMs / columns)
      return `  ${name}`.padEnd(label) + slices.map(bar).join('')
    })
  return [
    ' '.repeat(label) + ruler(phases, endMs),
    '',
    'success, from 0 to 100 %; a full block means every request',
    ...draw(successBar),
    '',
    'p99 of what succeeded, from 10 ms to 2 s on a logarithmic scale; · where nothing did',
    ...draw(latencyBar),
    '',
    'who served most: █ the primary, ░ the standby; · nobody',
    ...draw(serverBar),
  ].join('\n')
}

function ruler(phases: readonly Phase[], endMs: number): string {
  return phases
    .map(({ name, startMs, endMs: phaseEndMs }) => {
      const width = columnAt(phaseEndMs, endMs) - columnAt(startMs, endMs)
      return `│${name}`.slice(0, width).padEnd(width)
    })
    .join('')
    .trimEnd()
}

function columnAt(ms: number, endMs: number): number {
  return Math.round((ms / endMs) * columns)
}

function successBar(slice: readonly Sample[]): string {
  return bars[Math.floor(successOf(slice) * (bars.length - 1))] ?? ' '
}

function serverBar(slice: readonly Sample[]): string {
  const served = slice.filter(({ ok }) => ok)
  if (served.length === 0) return '·'
  const byPrimary = served.filter(({ servedBy }) => servedBy === 'primary')
  return byPrimary.length * 2 >= served.length ? '█' : '░'
}

function latencyBar(slice: readonly Sample[]): string {
  const latencyMs = percentile(
    slice.filter(({ ok }) => ok),
    0.99,
  )
  if (Number.isNaN(latencyMs)) return '·'
  const level = Math.log(Math.min(Math.max(latencyMs, 10), 2_000) / 10) / Math.log(200)
  return bars[1 + Math.round(level * (bars.length - 2))] ?? ' '
}
