--- On a page, a formula in a sentence keeps the stop or bracket beside it: a browser may break a line at either of its
-- sides, and leaves the stop alone on the next one.
--
--   (\(\gamma_{00}\)), and   becomes   [(\(\gamma_{00}\)),]{.together} and
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

local function together(inlines)
  local made = pandoc.Inlines {}
  local i = 1
  while i <= #inlines do
    local inline, after = inlines[i], inlines[i + 1]
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
      if after and after.t == "Str" then
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
