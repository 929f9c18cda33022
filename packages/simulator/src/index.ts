export type {
  Injection,
  ClientInjection,
  NetworkInjection,
  ServiceInjection,
  StoreInjection,
} from './injection.ts'
export type { Attempt } from './ground.ts'
export type { CallerSurroundings, PlayOptions } from './play.ts'
export { readScenario } from './reading/read-scenario.ts'
export type { ReadOptions } from './reading/read-scenario.ts'
export type {
  AttemptReport,
  CallCounts,
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
export { attemptUnder } from './requester.ts'
export type { Caller } from './requester.ts'
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
export { SimulationClock } from './simulation-clock.ts'
