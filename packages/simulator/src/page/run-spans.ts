import type { Span } from '../picture/time-chart.ts'
import type { Report } from '../report.ts'
import { withLetter } from './run.ts'
import type { Runs } from './run.ts'

/** The warm-up and what was injected. What both runs have is there once; what one has alone says whose it is. */
export function spansOf(runs: Runs): readonly Span[] {
  const all = runs.map(({ report }) => new Map(spansIn(report).map((span) => [JSON.stringify(span), span])))
  const inAll = [...(all[0] ?? [])].filter(([key]) => all.every((spans) => spans.has(key)))
  const shared = new Set(inAll.map(([key]) => key))
  const alone = all.flatMap((spans, index) =>
    [...spans]
      .filter(([key]) => !shared.has(key))
      .map(([, span]) => ({ ...span, label: withLetter(span.label, runs, index) })),
  )
  return [...inAll.map(([, span]) => span), ...alone]
}

function spansIn({ warmUpMs, injections }: Report): readonly Span[] {
  const warmUp = warmUpMs > 0 ? [{ label: 'warm-up', fromMs: 0, toMs: warmUpMs }] : []
  return [...warmUp, ...injections.map(({ id, fromMs, toMs }) => ({ label: id, fromMs, toMs }))]
}
