-- Merges what one instance has counted, and opens the circuit if that satisfies a rule and the quorum. The twin of
-- flush.ts and ring.ts.
--
-- ARGV     8 instance, 9 sequence, 10 successes, 11 failures, 12 instances that the sender knows of
-- returns  epoch, status, remaining time, openings, why counts were dropped, successes and failures of the window,
--          reporters, 1 if rules of a higher version were used

local instance = ARGV[8]
local sequence, successes, failures = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])

-- The slots that are needed as a rule are read with the rest.
local current = floor(now / sent.bucketMs)
local here, before = current % ringSize, (current - 1) % ringSize
local circuit, found = read('bm', 'b', 'S', 'F', 's' .. here, 'f' .. here, 's' .. before, 'f' .. before)
local bucketMs, bucket = whole(found[9]), whole(found[10])
local allSuccesses, allFailures = whole(found[11]), whole(found[12])
local counts = {
  [here] = { whole(found[13]), whole(found[14]) },
  [before] = { whole(found[15]), whole(found[16]) },
}
local policy = rulesOf(circuit)

local function answer(left, dropped, reporters)
  if successes + failures == 0 and dropped ~= repaired then dropped = kept end
  return {
    left.epoch, left.status, remainingMs(left), left.openings, dropped,
    allSuccesses, allFailures, reporters, sent.version < left.version and 1 or 0,
  }
end

local function begin(verdict, dropped, known)
  local entered = enter(circuit, verdict, policy, known)
  allSuccesses, allFailures = 0, 0
  return answer(entered, dropped, 0)
end

local verdict = repair(circuit, claim, policy)
if verdict then return begin(verdict, repaired) end

local reporters = call('HLEN', KEYS[2])
if claim.epoch ~= circuit.epoch then return answer(leave(circuit), ofEpoch, reporters) end
if circuit.status ~= closed then return answer(leave(circuit), ofState, reporters) end
local reporter = call('HGET', KEYS[2], instance)
local last = reporter and reporter:match('^(%d+),%d+$')
if sequence <= whole(last) then return answer(circuit, duplicate, reporters) end

-- The counts of a bucket's slot, as they stand.
local function countsOf(number)
  local at = number % ringSize
  if not counts[at] then
    local stored = call('HMGET', KEYS[1], 's' .. at, 'f' .. at)
    counts[at] = { whole(stored[1]), whole(stored[2]) }
  end
  return counts[at]
end

-- Forgets the buckets that have left the window. A clock that stepped back a little goes on in the newest bucket.
local fields = {}
current = floor(now / policy.bucketMs)
local passed = current - bucket
local isNew = bucketMs ~= policy.bucketMs or passed >= ringSize or passed < -ringSize
if isNew then
  for at = 0, ringSize - 1 do
    counts[at] = { 0, 0 }
  end
  allSuccesses, allFailures = 0, 0
else
  for number = bucket + 1, current do
    local left, at = countsOf(number), number % ringSize
    allSuccesses, allFailures = max(0, allSuccesses - left[1]), max(0, allFailures - left[2])
    counts[at] = { 0, 0 }
    put(fields, 's' .. at, '0')
    put(fields, 'f' .. at, '0')
  end
end

local newest = isNew and current or max(bucket, current)
local counted = countsOf(newest)
counted[1], counted[2] = counted[1] + successes, counted[2] + failures
allSuccesses, allFailures = allSuccesses + successes, allFailures + failures
local isMoved = isNew or newest ~= bucket
local slot = newest % ringSize
put(fields, 'S', text(allSuccesses))
put(fields, 's' .. slot, text(counted[1]))
if isMoved or failures > 0 then
  put(fields, 'F', text(allFailures))
  put(fields, 'f' .. slot, text(counted[2]))
end
if isMoved then
  put(fields, 'bm', text(policy.bucketMs))
  put(fields, 'b', text(newest))
end
bind(circuit, fields)

local windowMs, second = ringSize * policy.bucketMs, floor(now / 1000)
-- An epoch that nothing began, the first, begins with its first votes.
local since = circuit.since == 0 and now or circuit.since
if circuit.since == 0 then put(fields, 'at', text(now)) end
local isTidying = isTidyingAt(sequence)
local silent = isTidying and silentFor(windowMs, instance) or {}
-- First what may fail because the key is of another type.
if isTidying then call('ZCARD', KEYS[3]) end
reporters = reporters + (reporter and 0 or 1) - #silent

-- Whether the counts alone would open the circuit.
local function exceeds()
  if allFailures == 0 then return false end
  local calls = allSuccesses + allFailures
  if calls >= policy.minimumCalls and allFailures >= policy.failureRatio * calls then return true end
  local earlier = countsOf(newest - 1)
  local failedLately = counted[2] + earlier[2]
  local lately = counted[1] + earlier[1] + failedLately
  return lately >= policy.minimumCalls and failedLately >= policy.burstRatio * lately
end

-- A window ahead counts too, since the clock may have stepped back by as much without the counts being lost.
local function isRecent(at)
  return math.abs(now - at) < windowMs
end

-- How many instances report, or will when each has had the time to. Failures are told sooner than successes: in the
-- first window of an epoch those that have reported are the ones that fail, and they must not pass for the whole fleet.
local function expectedReporters()
  if not isRecent(since) then return reporters end
  local before = circuit.reportersBefore
  return max(reporters, before == 0 and max(tonumber(ARGV[12]), policy.quorumMinimum) or before)
end

-- Whether enough of those that report have failed within the window.
local function hasQuorum()
  local failing = call('ZCOUNT', KEYS[3], '(' .. text(now - windowMs), '(' .. text(now + windowMs))
  local own = failures > 0 and call('ZSCORE', KEYS[3], instance)
  if failures > 0 and not (own and isRecent(tonumber(own))) then failing = failing + 1 end
  return failing >= quorumOf(expectedReporters(), policy)
end

if exceeds() and hasQuorum() then
  local openings = circuit.openings + 1
  local opened = { epoch = nextEpoch(circuit.epoch), status = open, openMs = openFor(openings, policy) }
  opened.reason, opened.openings = 'tripped', openings
  return begin(opened, kept, reporters)
end

-- First what may fail because the key is of another type.
if failures > 0 then
  call('ZADD', KEYS[3], text(now), instance)
  call('PEXPIRE', KEYS[3], text(keepMs(policy, 0)))
end
if isNew and bucketMs > 0 then
  call('HDEL', KEYS[1], 's0', 's1', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9')
  call('HDEL', KEYS[1], 'f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7', 'f8', 'f9')
end
call('HSET', KEYS[1], unpack(fields))
call('HSET', KEYS[2], instance, ARGV[9] .. ',' .. text(second))
for _, name in ipairs(silent) do
  call('HDEL', KEYS[2], name)
end
if isTidying then
  call('ZREMRANGEBYSCORE', KEYS[3], '-inf', text(now - windowMs))
  call('ZREMRANGEBYSCORE', KEYS[3], text(now + windowMs), '+inf')
end
-- Expiry costs a command a key, so it is renewed once a bucket, and for everybody who is new.
if not last or isMoved then
  local keep = text(keepMs(policy, 0))
  call('PEXPIRE', KEYS[1], keep)
  call('PEXPIRE', KEYS[2], keep)
end
return answer(circuit, kept, reporters)
