import type { LineChart } from '../picture/line-chart.ts'
import type { ClientStep, Report } from '../report.ts'
import { measuredChart } from './measures.ts'
import { namesIn } from './run.ts'
import type { Runs } from './run.ts'
import { clientSteps } from './steps.ts'

/** What one step has of each client, by its name. */
type Steps = ReadonlyMap<string, ClientStep>

/** More lines could not be told apart. */
const mostClients = 6

/** The clients in one chart each: success, the time until an answer, and what is sent for a call. None where they are one alone, or many. */
export function clientsBeside(runs: Runs): readonly LineChart[] {
  const names = namesIn(runs, ({ clients }) => clients)
  if (names.length < 2 || names.length > mostClients) return []
  const chart = (
    title: string,
    look: Pick<LineChart, 'unit' | 'scale'>,
    of: (step: ClientStep) => number | null,
  ): LineChart =>
    measuredChart<Steps>(runs, {
      title,
      ...look,
      measures: names.map((name) => ({
        label: name,
        of: (steps) => {
          const step = steps.get(name)
          return step === undefined ? null : of(step)
        },
      })),
      stepsOf,
    })
  return [
    chart('Good calls', { unit: 'ratio' }, ({ calls, good }) => (calls === 0 ? null : good / calls)),
    chart('Time until an answer, p99', { unit: 'ms', scale: 'logarithmic' }, ({ p99Ms }) => p99Ms),
    chart('Attempts sent for each call', { unit: 'count' }, ({ calls, attempts }) =>
      calls === 0 ? null : attempts / calls,
    ),
  ]
}

function stepsOf(report: Report, stepMs: number): readonly Steps[] {
  const all = Object.entries(report.clients).map(
    ([name, client]) => [name, clientSteps(report, client, stepMs)] as const,
  )
  const length = Math.max(0, ...all.map(([, steps]) => steps.length))
  return Array.from(
    { length },
    (_, index) =>
      new Map(
        all.flatMap(([name, steps]) => (steps[index] === undefined ? [] : [[name, steps[index]] as const])),
      ),
  )
}
