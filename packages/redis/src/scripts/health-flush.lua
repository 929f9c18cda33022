-- Merges what one instance has counted of a service's endpoints, ejects those that satisfy a rule and the quorum as far as
-- enough others remain, and lets the register follow. The twin of health-flush.ts, health-merge.ts, health-judge.ts and
-- ring.ts.
--
-- ARGV     4 instance, 5 sequence, 6 to 8 the claimed register's epoch, active group and panic, 9 how many instances the
--          sender knows of, then one for each endpoint that it knows of: NAME,GROUP where there is nothing else to say, else
--          with ,EPOCH,STATUS,REMAINING,OPENINGS,SUCCESSES,FAILURES
-- returns  the register's epoch, active group and panic, reporters, 1 if rules of a higher version were used, then of each
--          endpoint epoch, status, remaining time, openings, why its counts were dropped

local instance, sequence = ARGV[4], tonumber(ARGV[5])
local fleet = tonumber(ARGV[9])
local forgetMs, maximumEndpoints, full = 60000, 64, 5
local windowMs, second = ringSize * policy.bucketMs, floor(now / 1000)

local reporter = call('HGET', KEYS[2], instance)
local last = reporter and whole(reporter:match('^(%d+),%d+$'))
local isFresh = sequence > (last or 0)
local isTidying = isFresh and isTidyingAt(sequence)
if isFresh then bind() end

local silent = isTidying and silentFor(windowMs, instance) or {}
local reporters = call('HLEN', KEYS[2]) + (reporter and 0 or 1) - #silent

-- What is said of each endpoint.
local said = {}
for at = 10, #ARGV do
  local name, rest = ARGV[at]:match('^([^,]+),(.*)$')
  local numbers = cjson.decode('[' .. rest .. ']')
  local counts = { name = name, group = numbers[1], successes = numbers[6] or 0, failures = numbers[7] or 0 }
  if numbers[2] then
    counts.claim = { epoch = numbers[2], status = numbers[3], remainingMs = numbers[4], openings = numbers[5] }
  end
  said[#said + 1] = counts
end

-- All endpoints that the sender knows of are known from now on, as far as there is room, and in use. An instance with the
-- rules of yesterday has the groups of yesterday.
if register.begun == 0 then register.begun = now end
local isOutdated = sent.version < version
for _, counts in ipairs(said) do
  local endpoint = endpoints[counts.name]
  if not endpoint and #roster < maximumEndpoints then
    endpoint = endpointOf(counts.name)
    endpoint.group, endpoint.isChanged = counts.group, true
    endpoints[counts.name] = endpoint
    table.insert(roster, counts.name)
  end
  if endpoint then
    if not isOutdated then endpoint.group = counts.group end
    if now - endpoint.seen >= policy.bucketMs then endpoint.seen = now end
  end
end

-- Endpoints that have gone out of use are forgotten; those whose time is running not before it is over.
local known = {}
for _, name in ipairs(roster) do
  local endpoint = endpoints[name]
  local isGone = now - endpoint.seen >= max(forgetMs, 4 * windowMs) and remainingMs(endpoint) == 0
  if isGone then
    endpoints[name], forgotten[name] = nil, true
  else
    table.insert(known, name)
  end
end
roster = known

-- Forgets the buckets that have left the window. A clock that stepped back a little goes on in the newest bucket.
local function slide(endpoint)
  local ring, current = ringOf(endpoint), floor(now / policy.bucketMs)
  local bucketMs, bucket = ring[1], ring[2]
  local passed = current - bucket
  local isNew = bucketMs ~= policy.bucketMs or passed >= ringSize or passed < -ringSize
  if not isNew and passed <= 0 then return ring end
  for number = isNew and current - ringSize + 1 or bucket + 1, current do
    local slot = number % ringSize
    ring[successesAt + slot], ring[failuresAt + slot] = 0, 0
  end
  ring[1], ring[2] = policy.bucketMs, current
  return ring
end

-- Endpoints of which this instance has seen failures, and whether any were taken in.
local failed, hasFailed, suspects = {}, false, {}

local function merge(counts)
  local endpoint = endpoints[counts.name]
  if not endpoint then return full end
  if not counts.claim then return kept end
  if mend(endpoint, counts.claim) then
    failed[counts.name] = nil
    return repaired
  end
  if counts.successes + counts.failures == 0 then return kept end
  if counts.claim.epoch ~= endpoint.epoch then return ofEpoch end
  if endpoint.status ~= closed then return ofState end
  if not isFresh then return duplicate end
  local ring = slide(endpoint)
  local slot = ring[2] % ringSize
  ring[successesAt + slot] = ring[successesAt + slot] + counts.successes
  ring[failuresAt + slot] = ring[failuresAt + slot] + counts.failures
  if counts.failures > 0 then
    failed[counts.name], suspects[counts.name], hasFailed = true, true, true
  end
  return kept
end

local drops = {}
for at, counts in ipairs(said) do
  drops[at] = merge(counts)
end

-- Whether the counts alone say that something is wrong.
local function exceeds(ring)
  local successes, failures = 0, 0
  for slot = 0, ringSize - 1 do
    successes, failures = successes + ring[successesAt + slot], failures + ring[failuresAt + slot]
  end
  if failures == 0 then return false end
  local calls = successes + failures
  if calls >= policy.minimumCalls and failures >= policy.failureRatio * calls then return true end
  local slot, before = ring[2] % ringSize, (ring[2] + ringSize - 1) % ringSize
  local failedLately = ring[failuresAt + slot] + ring[failuresAt + before]
  local lately = ring[successesAt + slot] + ring[successesAt + before] + failedLately
  return lately >= policy.minimumCalls and failedLately >= policy.burstRatio * lately
end

-- Who has seen which endpoint fail within the window. A window ahead counts too, since the clock may have stepped back by
-- as much without the counts being lost.
local failing

local function hasQuorum(endpoint)
  failing = failing or call('ZRANGEBYSCORE', KEYS[3], '(' .. text(now - windowMs), '(' .. text(now + windowMs))
  local own = endpoint.name .. ':' .. instance
  local isOwn = failed[endpoint.name]
  local seen = isOwn and 1 or 0
  for _, member in ipairs(failing) do
    local isCounted = member:match('^[^:]*') == endpoint.name and not (isOwn and member == own)
    if isCounted then seen = seen + 1 end
  end
  -- In the first window those that have reported may be the ones that fail: they must not pass for the whole fleet.
  local isYoung = math.abs(now - register.begun) < windowMs
  local expected = isYoung and max(reporters, fleet, policy.quorumMinimum) or reporters
  return seen >= quorumOf(expected, policy)
end

-- For longer the oftener it was ejected; every window that it stays healthy makes up for one ejection.
local function eject(endpoint)
  local openings = max(0, endpoint.openings - floor((now - endpoint.since) / windowMs)) + 1
  local epoch = nextEpoch(endpoint.epoch)
  enter(endpoint, { reason = 'tripped', epoch = epoch, status = open, openMs = openFor(openings, policy), openings = openings })
  failed[endpoint.name] = nil
end

-- Ejects an endpoint that satisfies a rule and the quorum, or holds it where too few others would remain. Of one that is
-- held the counts alone are looked at, until it may be ejected.
local function judge(endpoint)
  if endpoint.status ~= closed then return end
  if not exceeds(slide(endpoint)) then
    endpoint.held = 0
    return
  end
  local may = mayEject()
  if endpoint.held == 1 and not may then return end
  local isWanted = hasQuorum(endpoint)
  if isWanted and may then
    eject(endpoint)
  else
    endpoint.held = isWanted and 1 or 0
  end
end

for _, name in ipairs(roster) do
  if endpoints[name][heldAt] == 1 or suspects[name] then judge(endpoints[name]) end
end
regulate({ epoch = tonumber(ARGV[6]), active = tonumber(ARGV[7]), panic = tonumber(ARGV[8]) })

-- First what may fail because the key is of another type.
local bucket = floor(now / policy.bucketMs)
local isRenewing = not reporter or #messages > 0 or bucket ~= register.bucket
local keep = healthKeepMs()
local noVotes, noLeases = pastOf(KEYS[3]), pastOf(KEYS[4])
if hasFailed or isTidying then call('ZCARD', KEYS[3]) end
if isRenewing then register.bucket = bucket end
write()
if isFresh then call('HSET', KEYS[2], instance, ARGV[5] .. ',' .. text(second)) end
for _, name in ipairs(silent) do
  call('HDEL', KEYS[2], name)
end
if #noVotes > 0 then call('ZREM', KEYS[3], unpack(noVotes)) end
if #noLeases > 0 then call('ZREM', KEYS[4], unpack(noLeases)) end
if isTidying then
  call('ZREMRANGEBYSCORE', KEYS[3], '-inf', text(now - windowMs))
  call('ZREMRANGEBYSCORE', KEYS[3], text(now + windowMs), '+inf')
end
for name in pairs(failed) do
  call('ZADD', KEYS[3], text(now), name .. ':' .. instance)
end
if hasFailed then call('PEXPIRE', KEYS[3], keep) end
-- Expiry costs a command a key, so it is renewed once a bucket, and for everybody and everything that is new.
if isRenewing then
  call('PEXPIRE', KEYS[1], keep)
  call('PEXPIRE', KEYS[2], keep)
end
publish()

local reply = { register.epoch, register.active, register.panic, reporters, sent.version < version and 1 or 0 }
for at, counts in ipairs(said) do
  tell(reply, counts.name)
  table.insert(reply, drops[at])
end
return reply
