import type { Sample } from './load.ts'
import { buckets, percentile, successOf } from './measure.ts'
import type { Phase } from './schedule.ts'

const bars = ' ▁▂▃▄▅▆▇█'
const columns = 84

/** Success and latency over time, one column a slice of the run. Latency is drawn on a logarithmic scale. */
export function picture(
  runs: ReadonlyMap<string, readonly Sample[]>,
  phases: readonly (Phase & { readonly startMs: number; readonly endMs: number })[],
): string {
  const endMs = phases.at(-1)?.endMs ?? 0
  const sliceMs = endMs / columns
  const lines = [ruler(phases, endMs)]
  for (const [name, samples] of runs) {
    const slices = buckets(samples, 0, endMs, sliceMs)
    const success = slices.map((slice) => bar(successOf(slice))).join('')
    const p99 = slices.map((slice) => bar(latencyLevel(percentile(slice, 0.99)))).join('')
    lines.push(`${name.padEnd(9)} success ${success} 0 – 100 %`, `${''.padEnd(9)} p99     ${p99} 10 ms – 2 s`)
  }
  return lines.join('\n')
}

function ruler(
  phases: readonly { readonly name: string; readonly startMs: number }[],
  endMs: number,
): string {
  const line: string[] = Array.from({ length: columns }, () => ' ')
  for (const { name, startMs } of phases) {
    const at = Math.round((startMs / endMs) * columns)
    for (const [index, letter] of [...`│${name}`].entries()) line[at + index] = letter
  }
  return `${''.padEnd(18)}${line.join('').slice(0, columns + 8)}`
}

function bar(level: number): string {
  const index = Math.round(Math.min(1, Math.max(0, level)) * (bars.length - 1))
  return bars[index] ?? ' '
}

/** 0 at 10 ms and below, 1 at 2 s and above. */
function latencyLevel(latencyMs: number): number {
  return Number.isNaN(latencyMs) ? 0 : Math.log(Math.max(latencyMs, 10) / 10) / Math.log(200)
}
