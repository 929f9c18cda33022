import type { Planted } from './planted.ts'

const core = 'packages/core/src'
const flights = `${core}/single-flight/single-flight.properties.test.ts`
const recent = `${core}/single-flight/recent-values.properties.test.ts`
const flightStories = `${core}/single-flight/single-flight.test.ts`
const hitters = `${core}/hot-key-limit/heavy-hitters.properties.test.ts`
const hot = `${core}/hot-key-limit/hot-key-limit.properties.test.ts`
const hotStories = `${core}/hot-key-limit/hot-key-limit.test.ts`
const warmUps = `${core}/rate-limit/warm-up.properties.test.ts`
const meters = `${core}/rate-limit/meter.properties.test.ts`

/** Faults in what keeps hot spots from hurting. */
export const plantedInHotSpots: readonly Planted[] = [
  {
    fault: 'a shared run ends when its first caller leaves',
    file: `${core}/engine/lifetime.ts`,
    from: 'if (!call.outlives) parent.link(this)',
    to: 'parent.link(this)',
    tests: flights,
  },
  {
    fault: 'a shared run goes on when nobody waits for it',
    file: `${core}/joint-run.ts`,
    from: '    this.#branch.cancel(reason)\n',
    to: '',
    tests: flights,
  },
  {
    fault: 'a shared run that nobody waits for is joined',
    file: `${core}/joint-run.ts`,
    from: '    this.#over = true\n    this.#ended(undefined)\n',
    to: '    this.#over = true\n',
    tests: flights,
  },
  {
    fault: 'a shared run has the deadline of its first caller',
    file: `${core}/joint-run.ts`,
    from: 'latest = Math.max(latest, call.deadline)',
    to: 'return call.deadline',
    tests: flights,
  },
  {
    fault: 'a refusal in a shared run is blamed on who joined',
    file: `${core}/joint-run.ts`,
    from: '    refusal.reached(execution)\n',
    to: '',
    tests: flightStories,
  },
  {
    fault: 'the failure of a shared run counts once',
    file: `${core}/joint-run.ts`,
    from: 'for (const { call } of this.#seats) call.owner?.operationStarted()',
    to: 'this.#first.owner?.operationStarted()',
    tests: flightStories,
  },
  {
    fault: 'two calls of a key run beside each other',
    file: `${core}/single-flight/single-flight.ts`,
    from: '    lane.running.set(key, run)\n',
    to: '',
    tests: flights,
  },
  {
    fault: 'a stale value may be a moment too old',
    file: `${core}/single-flight/lane.ts`,
    from: 'now - last.since <= stale.maximumAgeMs',
    to: 'now - last.since <= stale.maximumAgeMs + 1',
    tests: flights,
  },
  {
    fault: 'the age of a stale value counts from when it came',
    file: `${core}/single-flight/single-flight.ts`,
    from: 'outcome.value, run.startedAt',
    to: 'outcome.value, call.clock.now()',
    tests: flights,
  },
  {
    fault: 'one stale value more is kept than may be',
    file: `${core}/single-flight/recent-values.ts`,
    from: 'this.#values.size <= maximum',
    to: 'this.#values.size <= maximum + 1',
    tests: flights,
  },
  {
    fault: 'the stale value that was used last is forgotten first',
    file: `${core}/single-flight/recent-values.ts`,
    from: 'if (known !== undefined) this.#putLast(key, known)',
    to: '',
    tests: recent,
  },
  {
    fault: 'a key that takes a place begins at nothing',
    file: `${core}/hot-key-limit/heavy-hitters.ts`,
    from: 'this.#counts[place] = least + this.#weight',
    to: 'this.#counts[place] = this.#weight',
    tests: hitters,
  },
  {
    fault: 'what a place had counted before is taken for sure',
    file: `${core}/hot-key-limit/heavy-hitters.ts`,
    from: 'this.#errors[place] = least\n',
    to: '',
    tests: hitters,
  },
  {
    fault: 'what may be wrong does not age',
    file: `${core}/hot-key-limit/heavy-hitters.ts`,
    from: '(this.#errors[place] ?? 0) / this.#weight\n    }',
    to: 'this.#errors[place] ?? 0\n    }',
    tests: hitters,
  },
  {
    fault: 'a place is taken that does not have the lowest count',
    file: `${core}/hot-key-limit/least-first.ts`,
    from: '(seen[child + 1] ?? 0) < (seen[child] ?? 0)',
    to: '(seen[child + 1] ?? 0) > (seen[child] ?? 0)',
    tests: hitters,
  },
  {
    fault: 'a key that has gone hides those behind it',
    file: `${core}/hot-key-limit/key-table.ts`,
    from: '      this.#cells[gap] = moved + 1\n      gap = cell\n',
    to: '',
    tests: hitters,
  },
  {
    fault: 'a key is hot that may only be',
    file: `${core}/hot-key-limit/hot-keys.ts`,
    from: 'this.#counts.atLeast(place) < this.#threshold',
    to: 'this.#counts.atMost(place) < this.#threshold',
    tests: hotStories,
  },
  {
    fault: 'a key stays hot for ever',
    file: `${core}/hot-key-limit/hot-keys.ts`,
    from: 'this.#counts.atMost(place) >= cooledRatio * this.#threshold',
    to: 'true',
    tests: hot,
  },
  {
    fault: 'a hot key has one call more than its limit',
    file: `${core}/hot-key-limit/hot-key-limit.ts`,
    from: 'hot.running < limitOf(',
    to: 'hot.running <= limitOf(',
    tests: hot,
  },
  {
    fault: 'who is not hot is limited too',
    file: `${core}/hot-key-limit/hot-keys.ts`,
    from: '(minimumPerSecond * meanAgeMs) / 1_000)',
    to: '0 * minimumPerSecond * meanAgeMs)',
    tests: hot,
  },
  {
    fault: 'a cold service takes calls at the full rate',
    file: `${core}/rate-limit/warmth.ts`,
    from: 'weight * this.#rate.intervalMs + (this.#slopeMs',
    to: 'weight * this.#rate.intervalMs + 0 * (this.#slopeMs',
    tests: warmUps,
  },
  {
    fault: 'calls that wait in front do not warm what comes behind',
    file: `${core}/rate-limit/warmth.ts`,
    from: 'const before = this.#above(behind)',
    to: 'const before = this.#above(0)',
    tests: warmUps,
  },
  {
    fault: 'nothing becomes cold again',
    file: `${core}/rate-limit/meter.ts`,
    from: '      this.#warmth?.cool(now - this.#origin - this.#arrival)\n',
    to: '',
    tests: warmUps,
  },
  {
    fault: 'it is warm in half of the time',
    file: `${core}/rate-limit/warmth.ts`,
    from: 'const above = (2 * cells)',
    to: 'const above = cells',
    tests: warmUps,
  },
  {
    fault: 'a call that is dear because it is cold never begins',
    file: `${core}/rate-limit/warmth.ts`,
    from: 'fits ? Math.max(toleranceMs, costMs) : toleranceMs',
    to: 'toleranceMs',
    tests: warmUps,
  },
  {
    fault: 'a call that never began has warmed it',
    file: `${core}/rate-limit/meter.ts`,
    from: '    if (costMs > 0) this.#warmth?.warm((-weight * backMs) / costMs)\n',
    to: '',
    tests: meters,
  },
  {
    fault: 'what never fits in the burst begins when nothing is owed',
    file: `${core}/rate-limit/warmth.ts`,
    from: 'fits ? Math.max(toleranceMs, costMs) : toleranceMs',
    to: 'fits || !fits ? Math.max(toleranceMs, costMs) : toleranceMs',
    tests: meters,
  },
]
