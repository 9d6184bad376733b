--- On a page, a formula in a sentence keeps the stop or bracket beside it: a browser may break a line at either of its
-- sides, and leaves the stop alone on the next one.
--
--   (\(\gamma_{00}\)), and   becomes   [(\(\gamma_{00}\)),]{.together} and
--   “of \(\sigma^2\)”.        becomes   “of [\(\sigma^2\)”.]{.together}
--   \(p\) = 0.43             becomes   [\(p\) = 0.43]{.together}
--
-- `assets/book.css` forbids the break. In a PDF Typst does so by itself.

if not FORMAT:match "html" then
  return {}
end

local OPENING, CLOSING = pandoc.List { "(", "[", "“", "‘" }, pandoc.List {}
for _, sign in ipairs { ".", ",", ";", ":", "!", "?", ")", "]", "”", "’", "…", "–", "-", "/", "%" } do
  CLOSING[sign] = true
end

--- How many bytes at the start of the text are signs that may not begin a line.
local function signs(text)
  local count = 0
  for _, code in utf8.codes(text) do
    local sign = utf8.char(code)
    if not CLOSING[sign] then
      break
    end
    count = count + #sign
  end
  return count
end

--- The text in two: what comes before, and an opening sign at its end.
local function opening(text)
  for _, sign in ipairs(OPENING) do
    if text:sub(-#sign) == sign then
      return text:sub(1, -#sign - 1), sign
    end
  end
  return text, ""
end

local function is_inline_maths(inline)
  return inline and inline.t == "Math" and inline.mathtype == "InlineMath"
end

local QUOTES = { DoubleQuote = { "“", "”" }, SingleQuote = { "‘", "’" } }

--- Quotation marks beside a formula as signs, as Pandoc writes them on a page.
local function unquoted(inlines)
  local made = pandoc.Inlines {}
  for _, inline in ipairs(inlines) do
    local inside = inline.t == "Quoted" and inline.content
    if inside and (is_inline_maths(inside[1]) or is_inline_maths(inside[#inside])) then
      local marks = QUOTES[inline.quotetype]
      made:insert(pandoc.Str(marks[1]))
      made:extend(inside)
      made:insert(pandoc.Str(marks[2]))
    else
      made:insert(inline)
    end
  end
  -- A mark and the stop after it are one text, as where there is no quotation.
  local joined = pandoc.Inlines {}
  for _, inline in ipairs(made) do
    local last = joined[#joined]
    if inline.t == "Str" and last and last.t == "Str" then
      joined[#joined] = pandoc.Str(last.text .. inline.text)
    else
      joined:insert(inline)
    end
  end
  return joined
end

local RELATIONS = pandoc.List { "=", "<", ">", "≈", "≤", "≥" }

--- Whether a sign and a number follow the formula: \(p\) = 0.43.
local function has_value(inlines, i)
  local sign, value = inlines[i + 2], inlines[i + 4]
  return inlines[i + 1]
    and inlines[i + 1].t == "Space"
    and sign
    and sign.t == "Str"
    and RELATIONS:includes(sign.text)
    and inlines[i + 3]
    and inlines[i + 3].t == "Space"
    and value
    and value.t == "Str"
    and value.text:gsub("^−", ""):match "^%.?%d"
end

--- Whether two numbers in brackets follow: \(F\)(2, 151.9).
local function has_arguments(inlines, i)
  local first, between, second = inlines[i + 1], inlines[i + 2], inlines[i + 3]
  return first
    and first.t == "Str"
    and first.text:match "^%([%d.]+,$"
    and between
    and between.t == "Space"
    and second
    and second.t == "Str"
    and second.text:match "^[%d.]+%)"
end

local function together(inlines)
  inlines = unquoted(inlines)
  local made = pandoc.Inlines {}
  local i = 1
  while i <= #inlines do
    local inline = inlines[i]
    if not is_inline_maths(inline) then
      made:insert(inline)
    else
      local kept = pandoc.Inlines { inline }
      local last = made[#made]
      if last and last.t == "Str" then
        local before, sign = opening(last.text)
        if sign ~= "" then
          made:remove()
          made:extend(before ~= "" and { pandoc.Str(before) } or {})
          kept:insert(1, pandoc.Str(sign))
        end
      end
      local rest
      local after = inlines[i + 1]
      if has_value(inlines, i) then
        kept:extend { inlines[i + 1], inlines[i + 2], inlines[i + 3], inlines[i + 4] }
        i = i + 4
      elseif has_arguments(inlines, i) then
        kept:extend { inlines[i + 1], inlines[i + 2], inlines[i + 3] }
        i = i + 3
      elseif after and after.t == "Str" then
        local count = signs(after.text)
        if count > 0 then
          kept:insert(pandoc.Str(after.text:sub(1, count)))
          rest = after.text:sub(count + 1)
          i = i + 1
        end
      end
      made:extend(#kept > 1 and { pandoc.Span(kept, pandoc.Attr("", { "together" })) } or kept)
      made:extend(rest and rest ~= "" and { pandoc.Str(rest) } or {})
    end
    i = i + 1
  end
  return made
end

return { { Inlines = together } }
