-- Adds what one instance has sent to the window of the fleet. The twin of budget.ts and ring.ts.
--
-- KEYS     1 ring c, with the fields of a circuit's: s and S for first attempts, f and F for those after the first;
--          2 reporters i
-- ARGV     1 instance, 2 sequence, 3 first attempts, 4 further ones, 5 length of a bucket
-- returns  first attempts and further ones of the window, reporters

local ringSize, idleMs = 10, 600000
local instance, sequence, bucketMs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[5])

local current = floor(now / bucketMs)
local slot = current % ringSize
local found = call('HMGET', KEYS[1], 'bm', 'b', 'S', 'F', 's' .. slot, 'f' .. slot)
local bucket, requests, retries = whole(found[2]), whole(found[3]), whole(found[4])
local counts = { [slot] = { whole(found[5]), whole(found[6]) } }

local function countsOf(at)
  if not counts[at] then
    local stored = call('HMGET', KEYS[1], 's' .. at, 'f' .. at)
    counts[at] = { whole(stored[1]), whole(stored[2]) }
  end
  return counts[at]
end

-- Forgets the buckets that have left the window. A clock that stepped back a little goes on in the newest bucket.
local fields = {}
local passed = current - bucket
local isNew = whole(found[1]) ~= bucketMs or passed >= ringSize or passed < -ringSize
if isNew then
  counts[slot] = { 0, 0 }
  requests, retries = 0, 0
else
  for number = bucket + 1, current do
    local at = number % ringSize
    local left = countsOf(at)
    requests, retries = requests - left[1], retries - left[2]
    counts[at] = { 0, 0 }
    if number < current then
      for _, field in ipairs({ 's' .. at, '0', 'f' .. at, '0' }) do
        table.insert(fields, field)
      end
    end
  end
end
local newest = isNew and current or max(bucket, current)

local reporters = call('HLEN', KEYS[2])
local reporter = call('HGET', KEYS[2], instance)
if reporter and sequence <= whole(reporter:match('^(%d+),%d+$')) then return { requests, retries, reporters } end

slot = newest % ringSize
local counted = countsOf(slot)
counted[1], counted[2] = counted[1] + ARGV[3], counted[2] + ARGV[4]
requests, retries = requests + ARGV[3], retries + ARGV[4]

local silent = isTidyingAt(sequence) and silentFor(ringSize * bucketMs, instance) or {}

if isNew and found[1] then call('DEL', KEYS[1]) end
call(
  'HSET', KEYS[1], 'bm', text(bucketMs), 'b', text(newest), 'S', text(requests), 'F', text(retries),
  's' .. slot, text(counted[1]), 'f' .. slot, text(counted[2]), unpack(fields)
)
call('HSET', KEYS[2], instance, ARGV[2] .. ',' .. text(floor(now / 1000)))
for _, name in ipairs(silent) do
  call('HDEL', KEYS[2], name)
end
-- Expiry costs a command a key, so it is renewed once a bucket, and for everybody who is new.
if not reporter or isNew or newest ~= bucket then
  local keep = text(max(idleMs, 4 * ringSize * bucketMs))
  call('PEXPIRE', KEYS[1], keep)
  call('PEXPIRE', KEYS[2], keep)
end
return { requests, retries, reporters + (reporter and 0 or 1) - #silent }
