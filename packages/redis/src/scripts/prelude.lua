-- What all scripts have in common; it stands in front of each of them.
--
-- All reads come before the first write, so that a script that fails has changed nothing. No number goes to a command as
-- a number, since servers write those as they please (1e+12). What is no whole number in a key reads as 0.

local call, floor, max, min = redis.call, math.floor, math.max, math.min

local seconds, microseconds = unpack(redis.call('TIME')) -- clock
local now = seconds * 1000 + floor(microseconds / 1000)

local dayMs, largest = 86400000, 9007199254740991

-- Fourteen digits are what the short way writes out; it takes half the time.
local function text(number)
  return number < 1e14 and number .. '' or string.format('%.0f', number)
end

local function whole(found)
  local number = found and tonumber(found)
  return number and number >= 0 and number <= largest and number % 1 == 0 and number or 0
end
