--- A self-check: a question in the text, and its answer, written once.
--
--   ::: {.check}                          The question, which a reader answers before reading on.
--   How large is it?
--
--   ::: {.number tolerance="0.02"}        A number to be entered, if there is one, with the decimals to be given, and its
--   `{python} hlm.num(se, 2)` points      unit. Without `tolerance` the last decimal may be one off, a whole number not.
--   :::
--
--   ::: {.wrong}                          A number that someone gets who has gone wrong, and where. There may be several.
--   `{python} hlm.num(other, 2)`: That is the one of OLS.
--   :::
--
--   ::: {.answer}                         Why it is so.
--   It is large.
--   :::
--   :::
--
-- On a page the answer unfolds, and `assets/checks.js` adds a field for the number. In a PDF the answers stand at the end of
-- their chapter, and each question says on which page. Anywhere else (a notebook) the answer is in <details>.
--
-- Runs at `pre-ast`, before answers.lua, which takes the answers of exercises.

local LOAD = '<script type="module" src="/assets/checks.js"></script>'
local UNKNOWN = "…" -- what press has in place of a value, as it checks the sources before cells run
local MINUS = "−"

--- A fault, with the words by which its author finds the check: press looks for them, and names file and line.
local function refuse(what, check)
  local question = pandoc.utils.stringify(pandoc.Div(check.content:filter(function(block)
    return block.t ~= "Div"
  end)))
  local words = question:gsub("[%d" .. UNKNOWN .. "].*", ""):sub(1, 60):gsub("%s+%S*$", "")
  error(("%s: “%s”"):format(what, words), 0)
end

local function words_of(blocks)
  return pandoc.utils.stringify(pandoc.Div(blocks)):gsub("^%s+", ""):gsub("%s+$", "")
end

--- A number as the book writes it, "−1,234.50 points": its value, its decimals, and what follows it. Or nil.
local function read_number(text)
  local sign, digits, rest = text:gsub(MINUS, "-"):match "^(%-?)([%d,]*%.?%d+)(.*)$"
  local value = digits and tonumber((digits:gsub(",", "")))
  if not value or rest:match "^[%w.]" then
    return nil
  end
  local decimals = #(digits:match "%.(%d+)$" or "")
  return (sign == "-" and -value or value), decimals, rest:gsub("^%s+", "")
end

--- The one div of a class within the check, or nil.
local function the_only(class, check)
  local found = check.content:filter(function(block)
    return block.t == "Div" and block.classes:includes(class)
  end)
  if #found > 1 then
    refuse(("a check has one .%s, and this has %d"):format(class, #found), check)
  end
  return found[1]
end

--- The number to be entered, as attributes that checks.js reads. It is not known before cells run.
local function number_of(div, check)
  local text = words_of(div.content)
  if text:find(UNKNOWN, 1, true) then
    return { known = false }
  end
  local value, decimals, unit = read_number(text)
  if not value then
    refuse(("the .number of a check is a number and its unit, not “%s”"):format(text), check)
  end
  local given = div.attributes.tolerance
  local tolerance = given and tonumber(given) or (decimals > 0 and 10 ^ -decimals or 0)
  if given and (not tonumber(given) or tonumber(given) < 0) then
    refuse(("the tolerance of a check is a number, not “%s”"):format(given), check)
  end
  return { known = true, value = value, decimals = decimals, unit = unit, tolerance = tolerance }
end

--- What is said to who has gone wrong: "If you have 0.17: That is …", the number apart for checks.js.
local function wrong(div, number, check)
  local para = div.content[1]
  local head, why = pandoc.Inlines {}, pandoc.Inlines {}
  for _, inline in ipairs(para and para.content or {}) do
    local in_head = #why == 0 and not (head[#head] and pandoc.utils.stringify(head[#head]):match ":$")
    if in_head then
      head:insert(inline)
    else
      why:insert(inline)
    end
  end
  local text = pandoc.utils.stringify(head)
  local value = read_number((text:gsub(":$", "")))
  if #div.content ~= 1 or #why == 0 or not (value or text:find(UNKNOWN, 1, true)) then
    refuse("the .wrong of a check is a number, a colon and a word about it, in one paragraph", check)
  end
  if value and number.known and math.abs(value - number.value) <= number.tolerance then
    refuse(("the .wrong answer %s of a check is counted as right"):format(text:gsub(":$", "")), check)
  end
  local words = pandoc.Inlines { "If", pandoc.Space(), "you", pandoc.Space(), "have", pandoc.Space() } .. head
  words:extend { pandoc.Span(why, pandoc.Attr("", { "check-why" })) }
  local attr = pandoc.Attr("", { "check-wrong" }, { { "data-number", tostring(value) } })
  return FORMAT:match "html" and pandoc.Div({ pandoc.Para(words) }, attr) or pandoc.Para(words)
end

--- The words before a block, in its first paragraph if it begins with one.
local function before(words, blocks)
  local first = blocks[1]
  if first and (first.t == "Para" or first.t == "Plain") then
    first.content = pandoc.Inlines(words) .. { pandoc.Space() } .. first.content
  else
    blocks:insert(1, pandoc.Para(words))
  end
  return blocks
end

--- A check taken apart: its question, the number, and all of its answer.
local function read(check)
  local answer, number_div = the_only("answer", check), the_only("number", check)
  local wrongs = check.content:filter(function(block)
    return block.t == "Div" and block.classes:includes "wrong"
  end)
  local question = check.content:filter(function(block)
    return block.t ~= "Div" or not (block.classes:find_if(function(class)
      return class == "answer" or class == "number" or class == "wrong"
    end))
  end)
  if not answer or #answer.content == 0 then
    refuse("a check has no .answer", check)
  elseif #question == 0 then
    refuse("a check has no question, only an answer: " .. words_of(answer.content):sub(1, 60), check)
  elseif #wrongs > 0 and not number_div then
    refuse("a check has a .wrong number and no .number", check)
  end
  local function plain(block)
    if block.identifier:match "^%l%l%l?%-" or block.classes:includes "check" then
      refuse("nothing in a check is numbered, or a check itself", check)
    end
  end
  check:walk { Div = plain, Figure = plain, Table = plain, Image = plain }
  local told, number = answer.content, nil
  if number_div then
    number = number_of(number_div, check)
    local shown = pandoc.utils.blocks_to_inlines(number_div.content) .. { "." }
    told = before({ pandoc.Strong(shown) }, told)
    for _, div in ipairs(wrongs) do
      told:insert(wrong(div, number, check))
    end
  end
  return { question = question, number = number, told = told }
end

local function html(text, ...)
  return pandoc.RawBlock("html", text:format(...))
end

local function name_of(i)
  return pandoc.Inlines { "Check", pandoc.Space(), tostring(i) }
end

local function folded(i, told)
  local blocks = pandoc.Blocks { html('<details class="check-answer"><summary>Answer to check %d</summary>', i) }
  blocks:extend(told)
  blocks:insert(html "</details>")
  return blocks
end

local function on_a_page(i, check)
  local name = pandoc.Span(name_of(i), pandoc.Attr(("check-%d-name"):format(i), { "check-name" }))
  local attributes = { { "role", "group" }, { "aria-labelledby", ("check-%d-name"):format(i) } }
  local number = check.number
  if number and number.known then
    attributes[#attributes + 1] = { "data-number", ("%.10g"):format(number.value) }
    attributes[#attributes + 1] = { "data-decimals", tostring(number.decimals) }
    attributes[#attributes + 1] = { "data-tolerance", ("%.10g"):format(number.tolerance) }
    attributes[#attributes + 1] = { "data-unit", number.unit }
  end
  local blocks = pandoc.Blocks { pandoc.Plain { name } } .. check.question .. folded(i, check.told)
  return pandoc.Div(blocks, pandoc.Attr(("check-%d"):format(i), { "check" }, attributes))
end

local function in_a_notebook(i, check)
  return before({ pandoc.Strong(name_of(i) .. { "." }) }, check.question) .. folded(i, check.told)
end

local function typst(text, ...)
  return pandoc.RawInline("typst", text:format(...))
end

local function typst_block(text, ...)
  return pandoc.RawBlock("typst", text:format(...))
end

--- In a PDF: the question with a line beside it, and the page of its answer, which waits in `waiting`.
local function in_print(i, check, waiting)
  local label = ("check-%d"):format(#waiting.all + 1)
  waiting.all:insert(label)
  waiting:insert { label = label, name = name_of(i), number = check.number, told = check.told }
  local blocks = before({ pandoc.Strong(name_of(i) .. { "." }) }, check.question)
  local last = blocks[#blocks]
  if last.t ~= "Para" then
    last = pandoc.Para {}
    blocks:insert(last)
  end
  local link = "(#link(<%s>)[Answer on page #context counter(page).at(<%s>).first()])"
  last.content:extend { pandoc.Space(), typst(link, label, label) }
  blocks:insert(1, typst_block "#block(width: 100%%, inset: (left: 0.9em, y: 0.2em), stroke: (left: 1.5pt + luma(150)))[")
  blocks:insert(typst_block "]")
  return blocks
end

--- The answers that wait, as the last thing in their chapter.
local function answers(waiting)
  local blocks = pandoc.Blocks { pandoc.Header(2, "Answers to the checks", pandoc.Attr("", { "unnumbered", "unlisted" })) }
  -- Two by two: one below the other they would often run over to a page of their own.
  blocks:insert(typst_block "#[#set text(size: 0.92em)\n#grid(columns: (1fr, 1fr), column-gutter: 1.6em, row-gutter: 1.1em,")
  for _, one in ipairs(waiting) do
    local told = before({ pandoc.Strong(one.name .. { one.number and ":" or "." }) }, one.told)
    blocks:extend { typst_block "block(breakable: false)[", pandoc.Div(told, pandoc.Attr(one.label)), typst_block "]," }
  end
  blocks:insert(typst_block ")]")
  return blocks
end

--- Whether a block begins another chapter, or is one of the marks that Quarto and press have before its title.
local function begins(block)
  local found = block.t == "Header" and block.level == 1
  if block.t == "Div" then
    block:walk {
      Header = function(header)
        found = found or header.level == 1
      end,
    }
  end
  return found
end

local function is_mark(block)
  return (block.t == "RawBlock" and block.text:match "^<!%-%-" ~= nil)
    or (block.t == "Para" and #block.content == 1 and (block.content[1].text or ""):match "^<!%-%- quarto%-file" ~= nil)
end

local function each(doc)
  local count, numbers = 0, false
  local waiting = pandoc.List {}
  waiting.all = pandoc.List {}
  local out = pandoc.Blocks {}
  local function turn(div)
    if not div.classes:includes "check" then
      return nil
    end
    count = count + 1
    local check = read(div)
    numbers = numbers or check.number ~= nil
    if FORMAT:match "typst" then
      return in_print(count, check, waiting), false
    elseif FORMAT:match "html" then
      return on_a_page(count, check), false
    end
    return in_a_notebook(count, check), false
  end
  local function end_chapter()
    if #waiting > 0 then
      local at = #out
      while at > 0 and is_mark(out[at]) do
        at = at - 1
      end
      for k, block in ipairs(answers(waiting)) do
        out:insert(at + k, block)
      end
    end
    local all = waiting.all
    waiting, count = pandoc.List {}, 0
    waiting.all = all
  end
  for _, block in ipairs(doc.blocks) do
    if begins(block) then
      end_chapter()
    end
    out:extend(pandoc.Blocks({ block }):walk { traverse = "topdown", Div = turn })
  end
  end_chapter()
  if numbers and FORMAT:match "html" then
    out:insert(html(LOAD))
  end
  doc.blocks = out
  return doc
end

return { { Pandoc = each } }
