-- wrk script: a shared system prompt and a 2 KB prompt that is new in every request, so that inspection memory cannot help.
local words = {}
for word in ([[the quarterly report shows that customers in the northern region ordered more spare parts than last year
while deliveries took longer because two warehouses moved to a new building and the planning team changed its calendar please
summarise what this means for staffing budgets and training and name three risks that a manager should watch over the next
months including supplier delays currency changes and seasonal demand then suggest how to present it to the board in plain
language with one table and a short paragraph for each market we serve today]]):gmatch("%S+") do words[#words + 1] = word end
local system = "You are a careful assistant of a manufacturing company. Answer briefly, cite the figures you were given, and say so when you do not know."
local streamed = os.getenv("BENCH_STREAM") == "1"
local seed = 0
function setup(thread) seed = seed + 1; thread:set("seed", seed * 7919) end
function init() math.randomseed(seed + os.time()) end
local count = 0
function request()
  local parts, length = {}, 0
  while length < 2000 do
    local word = words[math.random(#words)]
    parts[#parts + 1] = word
    length = length + #word + 1
  end
  count = count + 1
  local body = '{"model":"bench","messages":[{"role":"system","content":"' .. system .. '"},{"role":"user","content":"' .. table.concat(parts, " ") .. ' ' .. count .. '"}]' .. (streamed and ',"stream":true' or '') .. '}'
  return wrk.format("POST", nil, { ["content-type"] = "application/json", ["authorization"] = "Bearer sk-bench", ["x-portkey-provider"] = "openai", ["x-portkey-custom-host"] = os.getenv("BENCH_UPSTREAM") }, body)
end
