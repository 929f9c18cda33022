import type { Planted } from './planted.ts'

const folder = 'packages/core/src/endpoints'
const choice = `${folder}/endpoints.properties.test.ts`
const spill = `${folder}/spill-over.properties.test.ts`

const outliers = `${folder}/outliers.properties.test.ts`
const tally = `${folder}/tally.properties.test.ts`
const latency = `${folder}/peak-latency.properties.test.ts`
const standing = `${folder}/standing.properties.test.ts`
const balance = `${folder}/balance.properties.test.ts`
const subset = `${folder}/subset.properties.test.ts`
const checks = `${folder}/health-check.test.ts`
const shared = `${folder}/shared-endpoints.test.ts`
const pooled = `${folder}/shared-endpoints.properties.test.ts`
const experiment = 'test/behaviour/experiments/switch-over.test.ts'

/** Faults in the choice of endpoints. */
export const plantedInEndpoints: readonly Planted[] = [
  {
    fault: 'calls go to endpoints that are out',
    file: `${folder}/group.ts`,
    from: 'panic ? this.members : this.members.filter((each) => each.healthy)',
    to: 'this.members',
    tests: choice,
  },
  {
    fault: 'another attempt may go where the call has been',
    file: `${folder}/roster.ts`,
    from: 'if (!tried.includes(drawn.id)) return drawn',
    to: 'return drawn',
    tests: choice,
  },
  {
    fault: 'the last healthy endpoint is ejected',
    file: `${folder}/roster.ts`,
    from: 'return healthy > 1 &&',
    to: 'return',
    tests: choice,
  },
  {
    fault: 'more endpoints are out than may be',
    file: `${folder}/roster.ts`,
    from: 'members.length - healthy + 1 <= most',
    to: 'members.length - healthy <= most',
    tests: choice,
  },
  {
    fault: 'an ejection lasts no longer for those before',
    file: `${folder}/health.ts`,
    from: 'baseMs * 2 ** (ejections - 1)',
    to: 'baseMs',
    tests: choice,
  },
  {
    fault: 'staying healthy makes up for no ejection',
    file: `${folder}/health.ts`,
    from: 'Math.max(0, ejections - forgiven) + 1',
    to: 'ejections + 1 + 0 * forgiven',
    tests: choice,
  },
  {
    fault: 'a success leaves the failures in a row',
    file: `${folder}/judge.ts`,
    from: '      candidate.failuresInRow = 0\n',
    to: '',
    tests: choice,
  },
  {
    fault: 'calls are lost where the groups together are too few',
    file: `${folder}/spill-over.ts`,
    from: 'Math.floor((health * 100) / capacity)',
    to: 'health',
    tests: spill,
  },
  {
    fault: 'a group takes calls of which it is not healthy enough for',
    file: `${folder}/spill-over.ts`,
    from: 'const overprovisioning = 140',
    to: 'const overprovisioning = 400',
    tests: spill,
  },
  {
    fault: 'a group with more healthy endpoints gets fewer calls',
    file: `${folder}/spill-over.ts`,
    from: '(overprovisioning * healthy) / total)',
    to: '(overprovisioning * (total - healthy)) / total)',
    tests: spill,
  },
  {
    fault: 'a call stays in flight where a guard inside refused it',
    file: `${folder}/trip.ts`,
    from: '    this.candidate.inFlight -= 1\n',
    to: "    if (ending !== 'unstarted') this.candidate.inFlight -= 1\n",
    tests: choice,
  },
  {
    fault: 'the success rate is measured by a smaller deviation',
    file: `${folder}/outliers.ts`,
    from: 'mean - rule.sigmas * Math.sqrt(variance)',
    to: 'mean - rule.sigmas * variance',
    tests: outliers,
  },
  {
    fault: 'half of the endpoints can be slow',
    file: `${folder}/outliers.ts`,
    from: 'Math.floor(medians.length / 2)',
    to: 'Math.floor((medians.length - 1) / 2)',
    tests: outliers,
  },
  {
    fault: 'few calls eject an endpoint',
    file: `${folder}/outliers.ts`,
    from: 'calls >= failureRatio.minimumCalls',
    to: 'calls > 0',
    tests: outliers,
  },
  {
    fault: 'the median of latencies counts the failures',
    file: `${folder}/tally.ts`,
    from: '(this.calls - this.failures) / 2',
    to: 'this.calls / 2',
    tests: tally,
  },
  {
    fault: 'a latency goes down as fast as up',
    file: `${folder}/peak-latency.ts`,
    from: 'ms > faded ? ms : faded + ms * (1 - weight)',
    to: 'ms',
    tests: latency,
  },
  {
    fault: 'the primary takes over before the dwell is over',
    file: `${folder}/standing.ts`,
    from: 'now - since >= dwellMs',
    to: 'now - since > dwellMs / 2',
    tests: standing,
  },
  {
    fault: 'a lighter endpoint gets as many turns as a heavy one',
    file: `${folder}/balance.ts`,
    from: 'candidate.credit += candidate.share *',
    to: 'candidate.credit += 1 +',
    tests: balance,
  },
  {
    fault: 'endpoints are drawn whatever they weigh',
    file: `${folder}/group.ts`,
    from: 'weights.every((weight) => weight === heaviest)',
    to: 'weights.length > 0',
    tests: balance,
  },
  {
    fault: 'what weighs nothing may get calls',
    file: `${folder}/group.ts`,
    from: 'candidates.filter(({ endpoint }) => endpoint.weight !== 0)',
    to: 'candidates.slice()',
    tests: balance,
  },
  {
    fault: 'of two endpoints the one with more calls in flight is chosen',
    file: `${folder}/balance.ts`,
    from: 'load(second, now) < load(first, now)',
    to: 'load(second, now) > load(first, now)',
    tests: balance,
  },
  {
    fault: 'an endpoint that returns is drawn as often as the others',
    file: `${folder}/balance.ts`,
    from: '!candidate.ramping(now) || ',
    to: 'true || ',
    tests: balance,
  },
  {
    fault: 'which endpoints a client uses depends on their order',
    file: `${folder}/subset.ts`,
    from: '    .sort(byScore)\n',
    to: '    .sort(() => 0 * byScore.length)\n',
    tests: subset,
  },
  {
    fault: 'what weighs nothing takes a place in a subset',
    file: `${folder}/subset.ts`,
    from: 'weight !== 0',
    to: 'weight !== -1',
    tests: subset,
  },
  {
    fault: 'one endpoint less has a client use others',
    file: `${folder}/subset.ts`,
    from: 'hash(key, 0)',
    to: 'hash(key, group.length)',
    tests: subset,
  },
  {
    fault: 'another number of endpoints has a client use others',
    file: `${folder}/subset.ts`,
    from: 'hash(endpoint.id, seed)',
    to: 'hash(endpoint.id, seed + size)',
    tests: subset,
  },
  {
    fault: 'clients of one endpoint share the others too',
    file: `${folder}/subset.ts`,
    from: 'hash(endpoint.id, seed)',
    to: '(hash(endpoint.id, 0) ^ seed) >>> 0',
    tests: subset,
  },
  {
    fault: 'a fleet waits for those that do not use an endpoint',
    file: `${folder}/fleet-health.ts`,
    from: 'quorumRatio * callersRatio(settings)',
    to: 'quorumRatio + 0 * callersRatio(settings)',
    tests: shared,
  },
  {
    fault: 'a health check that hangs has not failed',
    file: `${folder}/health-check.ts`,
    from: 'this.#conclude(patient, { error }, now)',
    to: 'this.#conclude(patient, undefined, now) ',
    tests: checks,
  },
  {
    fault: 'health checks go on though nobody calls',
    file: `${folder}/health-check.ts`,
    from: 'now - this.#usedAt < this.#options.idleMs',
    to: 'now - this.#usedAt < Infinity',
    tests: checks,
  },
  {
    fault: 'who fails fast is taken for fast',
    file: `${folder}/candidate.ts`,
    from: 'Math.max(elapsedMs, failureMs, asked)',
    to: 'elapsedMs + 0 * failureMs * asked',
    tests: `${folder}/endpoints.test.ts`,
  },
  {
    fault: 'the primary gets all calls at once when it is back',
    file: `${folder}/roster.ts`,
    from: 'each.ramp(now, slowStartMs)',
    to: 'each.ramp(now, 0 * slowStartMs)',
    tests: experiment,
  },
  {
    fault: 'an instance uses what the fleet has ejected',
    file: `${folder}/candidate.ts`,
    from: 'this.intact && !this.sick && !this.isOut',
    to: 'this.intact && !this.sick',
    tests: shared,
  },
  {
    fault: 'one instance takes an endpoint out for all',
    file: `${folder}/fleet-health.ts`,
    from: 'quorumMinimum: 2',
    to: 'quorumMinimum: 1',
    tests: pooled,
  },
  {
    fault: 'what an instance has counted while the server was out of reach is lost',
    file: 'packages/core/src/share/health-exchange.ts',
    from: 'endpoint.votes.putBack(successes, failures, now)',
    to: '',
    tests: pooled,
  },
  {
    fault: 'nobody finds out about a standby while the fleet keeps the primary that fails',
    file: `${folder}/roster.ts`,
    from: 'return this.#holds || this.fleet?.panic === true',
    to: 'return this.#holds',
    tests: shared,
  },
  {
    fault: 'nobody finds out about a standby while the primary that fails is kept',
    file: `${folder}/roster.ts`,
    from: 'return this.#holds || this.fleet?.panic === true',
    to: 'return this.fleet?.panic === true',
    tests: `${folder}/endpoints.test.ts`,
  },
  {
    fault: 'nobody finds out about a standby that is out before the primary is out too',
    file: `${folder}/roster.ts`,
    from: 'return this.#holds || this.fleet?.panic === true',
    to: 'return false',
    tests: pooled,
  },
  {
    fault: 'every instance probes for itself',
    file: `${folder}/fleet-health.ts`,
    from: 'return candidate.grant !== undefined',
    to: 'return true',
    tests: shared,
  },
  {
    fault: 'what an instance counts does not reach the fleet',
    file: `${folder}/fleet-health.ts`,
    from: 'health.record(fleet, fleetEpoch,',
    to: 'health.record(fleet, fleetEpoch - 1,',
    tests: shared,
  },
  {
    fault: 'an instance goes back to the primary before the fleet does',
    file: `${folder}/roster.ts`,
    from: 'Math.max(own, this.fleet?.active ?? 0)',
    to: 'own',
    tests: shared,
  },
]
