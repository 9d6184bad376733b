--- In a PDF, what leads to something stands on the page of it: words that end in a colon, or before their sentence does;
-- a label in bold by itself; a section's first words, before a table or a picture; the code of a cell, before what it gave.
--
--   In R:              becomes   #block(sticky: true)[In R:]
--
--   ```r                         ```r
--
-- Runs after `tabs.lua`, whose tabs stand one after the other by then.

if not FORMAT:match "typst" then
  return {}
end

local START, END = "#block(sticky: true, spacing: 1em)[", "]"

--- The last sign of a paragraph, "" if it is no sign of a text.
local function last_sign(paragraph)
  local last = paragraph.content[#paragraph.content]
  if last and last.t == "Str" then
    return last.text:match "[^)”’\"]?[)”’\"]*$":sub(1, 1)
  elseif last and (last.t == "Quoted" or last.t == "Emph" or last.t == "Strong") then
    return "."
  end
  return ""
end

local function is_display(block)
  local first = block.t == "Para" and block.content[1]
  return first and first.t == "Math" and first.mathtype == "DisplayMath"
end

local function is_label(block)
  return #block.content == 1 and block.content[1].t == "Strong"
end

--- Whether a paragraph leads to the block after it, given the one before.
local function leads(before, block, after)
  if block.t ~= "Para" or not after or is_display(block) then
    return false
  end
  local sign = last_sign(block)
  return sign == ":"
    or is_label(block)
    or (is_display(after) and not sign:match "[.?!]")
    or (before and before.t == "Header" and (after.t == "Div" or after.t == "Table" or after.t == "Figure"))
end

local function keep_paragraphs(blocks)
  local kept = pandoc.Blocks {}
  for i, block in ipairs(blocks) do
    if leads(blocks[i - 1], block, blocks[i + 1]) then
      local words = pandoc.Inlines(block.content)
      words:insert(1, pandoc.RawInline("typst", START))
      words:insert(pandoc.RawInline("typst", END))
      block = pandoc.Plain(words)
    end
    kept:insert(block)
  end
  return kept
end

local function keep_code(cell)
  if not cell.classes:includes "cell" then
    return nil
  end
  local kept = pandoc.Blocks {}
  for i, block in ipairs(cell.content) do
    local code = block.t == "CodeBlock" and i < #cell.content
    kept:extend(code and { pandoc.RawBlock("typst", START), block, pandoc.RawBlock("typst", END) } or { block })
  end
  cell.content = kept
  return cell
end

return { { Blocks = keep_paragraphs }, { Div = keep_code } }
