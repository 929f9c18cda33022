-- How the health of a service is read; it stands in front of the scripts on it. The twin of health-record.ts.
--
-- KEYS  1 service c
--
-- Fields of c: g the register, l the endpoints in the order in which they became known, s:ENDPOINT its state, r:ENDPOINT
-- its counts, pv and pt the policy that binds. Members of v are ENDPOINT:INSTANCE, of p ENDPOINT:EPOCH:NUMBER. No number
-- here has more than fourteen digits, which is what the short way writes out.

-- So many whole numbers with commas between; zeros where it is anything else.
local function numbersOf(encoded, count)
  if encoded and encoded:find('^[%d,]+$') and not encoded:find(('%d'):rep(15)) then
    local isFine, numbers = pcall(cjson.decode, '[' .. encoded .. ']')
    if isFine and #numbers == count then return numbers end
  end
  local none = {}
  for at = 1, count do
    none[at] = 0
  end
  return none
end

-- An object is its numbers in their order. Their names lead to them, and writing one says that it has changed.
local function namedBy(names)
  local places = {}
  for at, name in ipairs(names) do
    places[name] = at
  end
  local named = { count = #names }
  function named.__index(object, name)
    local at = places[name]
    return at and rawget(object, at)
  end
  function named.__newindex(object, name, value)
    local at = places[name]
    if at and rawget(object, at) == value then return end
    rawset(object, at or name, value)
    if at then rawset(object, 'isChanged', true) end
  end
  return named
end

local registerNames = namedBy({ 'epoch', 'active', 'since', 'panic', 'begun', 'bucket' })
local endpointNames = namedBy({
  'group', 'status', 'held', 'epoch', 'ends', 'openMs', 'openings', 'since', 'succeeded', 'failed', 'lost', 'granted',
  'numbered', 'returned', 'seen',
})
-- The places of what is asked of all endpoints.
local groupAt, statusAt, heldAt = 1, 2, 3

local function decode(encoded, names)
  return setmetatable(numbersOf(encoded, names.count), names)
end

local function encode(object)
  return table.concat(object, ',')
end

-- Everything there is of the service, and each endpoint's state by its name.
local fields = {}
do
  local found = call('HGETALL', KEYS[1])
  for at = 1, #found, 2 do
    fields[found[at]] = found[at + 1]
  end
end
local register = decode(fields.g, registerNames)
register.since, register.begun = min(register.since, now), min(register.begun, now)
local version = whole(fields.pv)
local roster, endpoints = {}, {}

local function endpointOf(name, encoded)
  local endpoint = decode(encoded, endpointNames)
  endpoint.name = name
  return endpoint
end

-- Nothing remains longer than it was meant to last: the clock may have stepped back.
local function clamp(endpoint)
  if endpoint[statusAt] > halfOpen then endpoint.status = closed end
  if endpoint[statusAt] == open then
    endpoint.ends = min(endpoint.ends, now + min(endpoint.openMs, dayMs))
  end
  endpoint.since, endpoint.seen = min(endpoint.since, now), min(endpoint.seen, now)
end

for name in (fields.l or ''):gmatch('[^,]+') do
  local endpoint = endpointOf(name, fields['s:' .. name])
  clamp(endpoint)
  endpoints[name] = endpoint
  roster[#roster + 1] = name
end

-- Epoch, status, remaining time and openings of an endpoint, known or not, at the end of a reply.
local function tell(reply, name)
  local endpoint, count = endpoints[name] or endpointOf(name), #reply
  reply[count + 1], reply[count + 2] = endpoint.epoch, endpoint[statusAt]
  reply[count + 3], reply[count + 4] = remainingMs(endpoint), endpoint.openings
end
