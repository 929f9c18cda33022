-- What the scripts on the health of a service have in common; it stands in front of each of them, after
-- the prelude. The twin of health-record.ts, health-policy.ts, health-change.ts, health-register.ts, repair.ts and message.ts.
--
-- KEYS  1 service c, 2 reporters i, 3 failing v, 4 leases p
-- ARGV  1 id, 2 channel, 3 policy
--
-- Fields of c: g the register (epoch, active, since, panic, begun, bucket), l the endpoints in the order in which they became
-- known, s:ENDPOINT its state, r:ENDPOINT its counts, pv and pt the policy that binds. Members of v are ENDPOINT:INSTANCE,
-- of p ENDPOINT:EPOCH:NUMBER.

local ringSize, idleMs, forgetMs, maximumEndpoints = 10, 600000, 60000, 64

-- Codes, as they are stored and answered: of a status, and of why counts were dropped.
local closed, open, halfOpen = 0, 1, 2
local kept, ofEpoch, ofState, duplicate, repaired, full = 0, 1, 2, 3, 4, 5

-- So many whole numbers with commas between; zeros where it is anything else.
local function numbersOf(encoded, count)
  local numbers = {}
  for part in (encoded or ''):gmatch('[^,]+') do
    table.insert(numbers, whole(part))
  end
  if #numbers == count then return numbers end
  local none = {}
  for at = 1, count do
    none[at] = 0
  end
  return none
end

local function encode(source, names)
  local parts = {}
  for at, name in ipairs(names) do
    parts[at] = text(source[name])
  end
  return table.concat(parts, ',')
end

local function decode(encoded, names)
  local numbers, into = numbersOf(encoded, #names), {}
  for at, name in ipairs(names) do
    into[name] = numbers[at]
  end
  return into
end

local policyFields = {
  'version', 'bucketMs', 'minimumCalls', 'failureRatio', 'burstRatio', 'openMs', 'maximumOpenMs', 'probes',
  'probeSuccesses', 'probeLeaseMs', 'quorumRatio', 'quorumMinimum', 'quorumMaximum', 'maximumEjectedRatio',
  'minimumHealthy', 'dwellMs',
}

-- Nil where the text is no policy.
local function policyOf(encoded)
  local policy, count = {}, 0
  for part in (encoded or ''):gmatch('[^,]+') do
    count = count + 1
    local name = policyFields[count] or ''
    local isRatio = name:find('Ratio')
    local number = part:find(isRatio and '^%d[%d.e-]*$' or '^%d+$') and tonumber(part)
    if not number or number == math.huge or (number > largest and not isRatio) then return nil end
    policy[name] = number
  end
  if count ~= #policyFields or policy.bucketMs == 0 then return nil end
  return policy
end

local registerFields = { 'epoch', 'active', 'since', 'panic', 'begun', 'bucket' }
local endpointFields = {
  'group', 'epoch', 'status', 'ends', 'openMs', 'openings', 'since', 'succeeded', 'failed', 'lost', 'granted', 'numbered',
  'returned', 'seen', 'held',
}

-- Everything there is of the service, and each endpoint's state by its name.
local fields = {}
do
  local found = call('HGETALL', KEYS[1])
  for at = 1, #found, 2 do
    fields[found[at]] = found[at + 1]
  end
end
local register = decode(fields.g, registerFields)
register.since, register.begun = min(register.since, now), min(register.begun, now)
local version = whole(fields.pv)
local roster, endpoints = {}, {}

-- Nothing remains longer than it was meant to last: the clock may have stepped back.
local function clamp(endpoint)
  if endpoint.status > halfOpen then endpoint.status = closed end
  if endpoint.status == open then
    endpoint.ends = min(endpoint.ends, now + min(endpoint.openMs, dayMs))
  end
  endpoint.since, endpoint.seen = min(endpoint.since, now), min(endpoint.seen, now)
end

for name in (fields.l or ''):gmatch('[^,]+') do
  local endpoint = decode(fields['s:' .. name], endpointFields)
  endpoint.name = name
  clamp(endpoint)
  endpoints[name] = endpoint
  table.insert(roster, name)
end

-- The rules by which the service is judged: those of the highest version that was ever sent.
local sent = policyOf(ARGV[3])
local policy = sent
if sent and sent.version < version then policy = policyOf(fields.pt) or sent end

local function bind()
  if sent.version <= version then return end
  version, fields.newPolicy = sent.version, ARGV[3]
end

local function remainingMs(endpoint)
  return endpoint.status == open and max(0, endpoint.ends - now) or 0
end

local function nextEpoch(epoch)
  return max(epoch + 1, now)
end

local function longestOpenMs()
  return min(policy.maximumOpenMs, dayMs)
end

local function keepMs()
  local longest = max(2 * longestOpenMs(), 4 * ringSize * policy.bucketMs, 2 * policy.probeLeaseMs, 2 * policy.dwellMs)
  return text(max(idleMs, longest))
end

-- Doubles with every ejection in a row.
local function openFor(openings)
  return min(longestOpenMs(), policy.openMs * 2 ^ min(openings - 1, 50))
end

-- The counts of an endpoint's window.
local function ringOf(endpoint)
  if not endpoint.ring then
    local numbers = numbersOf(fields['r:' .. endpoint.name], 2 + 2 * ringSize)
    local ring = { bucketMs = numbers[1], bucket = numbers[2], successes = {}, failures = {} }
    for slot = 0, ringSize - 1 do
      ring.successes[slot], ring.failures[slot] = numbers[3 + slot], numbers[3 + ringSize + slot]
    end
    endpoint.ring = ring
  end
  return endpoint.ring
end

local function encodeRing(ring)
  local parts = { text(ring.bucketMs), text(ring.bucket) }
  for slot = 0, ringSize - 1 do
    parts[3 + slot], parts[3 + ringSize + slot] = text(ring.successes[slot]), text(ring.failures[slot])
  end
  return table.concat(parts, ',')
end

local function emptyEndpoint(name)
  local endpoint = decode('', endpointFields)
  endpoint.name = name
  return endpoint
end

local function ejected()
  local count = 0
  for _, endpoint in pairs(endpoints) do
    if endpoint.status ~= closed then count = count + 1 end
  end
  return count
end

-- Whether one more endpoint may be ejected.
local function mayEject()
  local away = ejected()
  if away + 1 > policy.maximumEjectedRatio * #roster then return false end
  return #roster - away - 1 >= policy.minimumHealthy
end

-- What all instances are to be told, and of which endpoints all that others have said is to be forgotten.
local messages, forgotten = {}, {}

-- A new epoch of one endpoint begins from zero.
local function enter(endpoint, verdict)
  local begun = emptyEndpoint(endpoint.name)
  begun.group, begun.seen, begun.since = endpoint.group, endpoint.seen, now
  begun.epoch, begun.status, begun.openMs = verdict.epoch, verdict.status, verdict.openMs
  begun.openings, begun.ends = verdict.openings, verdict.status == open and now + verdict.openMs or 0
  begun.ring = { bucketMs = 0 }
  endpoints[endpoint.name] = begun
  forgotten[endpoint.name] = true
  table.insert(messages, table.concat({
    '1e', ARGV[1], endpoint.name, text(verdict.epoch), text(verdict.status), text(verdict.openMs), verdict.reason,
    text(verdict.openings),
  }, '|'))
  return begun
end

-- The probes of a half-open epoch are gone with it: it is open with nothing left to wait for.
local function again(reason, epoch, status, remaining, openings)
  if status == closed then
    return { reason = reason, epoch = epoch, status = closed, openMs = 0, openings = 0 }
  end
  local openMs = status == open and remaining or 0
  return { reason = reason, epoch = epoch, status = open, openMs = openMs, openings = openings }
end

-- What a new epoch begins with where the claim does not fit; nil where it fits.
local function repair(standing, claim)
  local left = remainingMs(standing)
  local claimed = min(claim.remainingMs, longestOpenMs())
  if claim.epoch > standing.epoch and claim.epoch >= now + dayMs then
    return again('rebased', nextEpoch(standing.epoch), standing.status, left, standing.openings)
  end
  if claim.epoch > standing.epoch then
    return again('restored', nextEpoch(claim.epoch), claim.status, claimed, claim.openings)
  end
  if claim.epoch < standing.epoch or claim.status == standing.status then return nil end
  local strictness = { [closed] = 0, [halfOpen] = 1, [open] = 2 }
  local both = strictness[standing.status] >= strictness[claim.status] and standing.status or claim.status
  local longer, more = max(left, claimed), max(standing.openings, claim.openings)
  return again('conflict', nextEpoch(standing.epoch), both, longer, more)
end

-- As for a circuit. An ejection that was lost comes back only if it still may be. Whether there was anything to mend.
local function mend(endpoint, claim)
  local verdict = repair(endpoint, claim)
  if not verdict then return false end
  local ejects = endpoint.status == closed and verdict.status ~= closed
  if ejects and not mayEject() then
    verdict.status, verdict.openMs = closed, 0
  end
  enter(endpoint, verdict)
  return true
end

-- An endpoint should be ejected and may not, or more are ejected than may be, as when others have gone out of use.
local function panics()
  local known, away = #roster, ejected()
  if away > policy.maximumEjectedRatio * known then return 1 end
  if away > 0 and known - away < policy.minimumHealthy then return 1 end
  for _, endpoint in pairs(endpoints) do
    if endpoint.held == 1 then return mayEject() and 0 or 1 end
  end
  return 0
end

local function hasHealthy(group)
  for _, endpoint in pairs(endpoints) do
    if endpoint.group == group and endpoint.status == closed then return true end
  end
  return false
end

-- The group to be used: another at once when none of its endpoints is healthy, and an earlier one that has a healthy
-- endpoint as soon as it has been in use for long enough.
local function activeOf(active, since)
  local first
  for _, endpoint in pairs(endpoints) do
    if endpoint.status == closed then first = min(first or endpoint.group, endpoint.group) end
  end
  if not first then return active end
  if not hasHealthy(active) then return first end
  return now - since >= policy.dwellMs and min(active, first) or active
end

-- As a circuit is repaired. Who disagrees about the group in use agrees on the one that is used later.
local function mendRegister(claim)
  local epoch, active, since = register.epoch, register.active, register.since
  if claim.epoch > epoch and claim.epoch >= now + dayMs then return nextEpoch(epoch), active, since, 'rebased' end
  if claim.epoch > epoch then return nextEpoch(claim.epoch), claim.active, now, 'restored' end
  if claim.epoch < epoch or (claim.active == active and claim.panic == register.panic) then return nil end
  return nextEpoch(epoch), max(active, claim.active), now, 'conflict'
end

-- Repairs the register where a claim, if there is one, shows that it must be, and lets it follow what the endpoints have
-- become.
local function regulate(claim)
  local epoch, from, since, reason
  if claim then
    epoch, from, since, reason = mendRegister(claim)
  end
  from, since = from or register.active, since or register.since
  local panic, active = panics(), activeOf(from, since)
  if not epoch and panic == register.panic and active == register.active then return end
  if not reason and active == register.active then reason = panic == 1 and 'panic' or 'calm' end
  reason = reason or (hasHealthy(register.active) and 'failback' or 'failover')
  register.epoch, register.panic = epoch or nextEpoch(register.epoch), panic
  register.active, register.since = active, active == from and since or now
  table.insert(messages, table.concat({
    '1r', ARGV[1], text(register.epoch), text(active), text(panic), reason,
  }, '|'))
end

-- What is stored of a kind about endpoints whose past is to be forgotten. Reading it fails where the key is not ours.
local function pastOf(key)
  local past = {}
  if not next(forgotten) then return past end
  for _, member in ipairs(call('ZRANGE', key, 0, -1)) do
    if forgotten[member:match('^[^:]*')] then table.insert(past, member) end
  end
  return past
end

-- Writes what has become of the service's own fields.
local function write()
  local set, gone = {}, {}
  local function put(name, value, was)
    if value == (fields[name] or was) then return end
    table.insert(set, name)
    table.insert(set, value)
  end
  put('g', encode(register, registerFields), '0,0,0,0,0,0')
  put('l', table.concat(roster, ','), '')
  if fields.newPolicy then
    put('pv', text(version))
    put('pt', fields.newPolicy)
  end
  for name, endpoint in pairs(endpoints) do
    put('s:' .. name, encode(endpoint, endpointFields))
    if endpoint.ring and endpoint.ring.bucketMs > 0 then
      put('r:' .. name, encodeRing(endpoint.ring))
    elseif endpoint.ring and fields['r:' .. name] then
      table.insert(gone, 'r:' .. name)
    end
  end
  for name in pairs(forgotten) do
    if not endpoints[name] then
      table.insert(gone, 's:' .. name)
      table.insert(gone, 'r:' .. name)
    end
  end
  if #set > 0 then call('HSET', KEYS[1], unpack(set)) end
  if #gone > 0 then call('HDEL', KEYS[1], unpack(gone)) end
end

local function publish()
  for _, message in ipairs(messages) do
    call('PUBLISH', ARGV[2], message)
  end
end

-- Epoch, status, remaining time and openings of an endpoint, known or not, at the end of a reply.
local function tell(reply, name)
  local endpoint = endpoints[name] or emptyEndpoint(name)
  table.insert(reply, endpoint.epoch)
  table.insert(reply, endpoint.status)
  table.insert(reply, remainingMs(endpoint))
  table.insert(reply, endpoint.openings)
end
