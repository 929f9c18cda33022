-- How the health of a service is read; it stands in front of the scripts on it. The twin of health-record.ts.
--
-- KEYS  1 service c
--
-- Fields of c: g the register (epoch, active, since, panic, begun, bucket), l the endpoints in the order in which they became
-- known, s:ENDPOINT its state, r:ENDPOINT its counts, pv and pt the policy that binds. Members of v are ENDPOINT:INSTANCE,
-- of p ENDPOINT:EPOCH:NUMBER.

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

local function emptyEndpoint(name)
  local endpoint = decode('', endpointFields)
  endpoint.name = name
  return endpoint
end

-- Epoch, status, remaining time and openings of an endpoint, known or not, at the end of a reply.
local function tell(reply, name)
  local endpoint = endpoints[name] or emptyEndpoint(name)
  table.insert(reply, endpoint.epoch)
  table.insert(reply, endpoint.status)
  table.insert(reply, remainingMs(endpoint))
  table.insert(reply, endpoint.openings)
end
