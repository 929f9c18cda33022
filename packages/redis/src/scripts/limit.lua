-- Charges cells that were let through on credit, and grants as many more as conform. The twin of limit.ts.
--
-- KEYS     1 arrival g, in microseconds
-- ARGV     1 wanted cells, 2 fewest of use, 3 cells owed, 4 interval and 5 tolerance in microseconds
-- returns  granted cells as text, since they need not be whole; milliseconds to wait

local wanted, least, debt = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local intervalUs, toleranceUs = tonumber(ARGV[4]), tonumber(ARGV[5])
local nowUs = seconds * 1000000 + microseconds

-- An interval is a rounded number: as many of them as make a whole number of microseconds shall cost no more.
local nearlyOne = 1 - 1e-15

local function cost(cells)
  return math.ceil(cells * intervalUs * nearlyOne)
end

local stored = whole(call('GET', KEYS[1]))
-- Further ahead is what cannot be paid back, or what a clock has left that stepped back.
local owed = min(max(stored, nowUs) + cost(debt), nowUs + 2 * toleranceUs)
local room = nowUs + toleranceUs - owed

local function conforming()
  if cost(wanted) <= room then return wanted end
  if cost(least) > room then return 0 end
  local fits = floor(room / intervalUs)
  return max(least, cost(fits + 1) <= room and fits + 1 or fits)
end

local granted = conforming()
local arrival = owed + cost(granted)
if arrival > nowUs and arrival ~= stored then
  call('SET', KEYS[1], text(arrival), 'PX', text(math.ceil((arrival - nowUs) / 1000) + 1000))
end
local missing = granted > 0 and 0 or max(0, cost(least) - room)
return { string.format('%.17g', granted), math.ceil(missing / 1000) }
