export type {
  Injection,
  ClientInjection,
  NetworkInjection,
  ServiceInjection,
  StoreInjection,
} from './injection.ts'
export type { Attempt } from './ground.ts'
export { namedScenario, scenarioNames } from './named-scenarios.ts'
export { clientCharts } from './page/client-charts.ts'
export { clientsBeside } from './page/clients-beside.ts'
export { reportPage } from './page/report-page.ts'
export type { Run, Runs } from './page/run.ts'
export { serviceCharts } from './page/service-charts.ts'
export { stateCharts } from './page/state-charts.ts'
export type { Band } from './picture/band.ts'
export { bandChart } from './picture/band-chart.ts'
export type { BandChart } from './picture/band-chart.ts'
export { difference, figure } from './picture/figures.ts'
export type { Unit } from './picture/figures.ts'
export type { Line } from './picture/line.ts'
export { lineChart } from './picture/line-chart.ts'
export type { LineChart } from './picture/line-chart.ts'
export type { Span, TimeChart } from './picture/time-chart.ts'
export type { CallerSurroundings, PlayOptions } from './play/play.ts'
export { readScenario } from './reading/read-scenario.ts'
export type { ReadOptions } from './reading/read-scenario.ts'
export type {
  AttemptReport,
  CallCounts,
  CallReport,
  ClientReport,
  ClientStep,
  InjectionReport,
  LatencyReport,
  ReplicaCounts,
  ReplicaReport,
  ReplicaStep,
  Report,
  StateReport,
} from './report.ts'
export { attemptUnder } from './services/requester.ts'
export type { Caller } from './services/requester.ts'
export type {
  Cache,
  Client,
  ClosedLoad,
  Cold,
  Dependency,
  Keys,
  Load,
  LoadStep,
  Network,
  OpenLoad,
  Route,
  Scenario,
  Service,
  WaitingLine,
} from './scenario.ts'
export { ScenarioError } from './scenario-error.ts'
export { simulate } from './simulate.ts'
export type { SimulateOptions } from './simulate.ts'
export { SimulationClock } from './virtual/simulation-clock.ts'
