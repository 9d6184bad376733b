--- In a PDF, tabs stand one after the other, each under a label of its own. On a page they stay tabs, and those whose
--- titles are languages are of one group: a reader chooses Python or R once (Quarto's `group`; press goes by titles).
--
--   ::: {.panel-tabset}            In Python:
--   ### Python                         print("yes")
--   ```python            becomes
--   print("yes")                   In R:
--   ```                                print("yes")
--   ### R
--   ...
--
-- Runs at `pre-ast`, where Quarto and press have the tabs as the author wrote them.

local LANGUAGES = pandoc.List {
  "Bash", "C", "C++", "Java", "JavaScript", "Julia", "MATLAB", "Mplus", "Python", "R", "Rust", "SAS", "SPSS", "SQL", "Stata",
}

--- The title of a tab, as a line that Typst keeps on the page of what follows.
local function label(title)
  local words = pandoc.Inlines { pandoc.Strong(title) }
  if LANGUAGES:includes(pandoc.utils.stringify(title)) then
    words = pandoc.Inlines { "In", pandoc.Space() } .. title .. { ":" }
  end
  words:insert(1, pandoc.RawInline("typst", "#block(sticky: true)["))
  words:insert(pandoc.RawInline("typst", "]"))
  return pandoc.Plain(words)
end

--- A tab begins at each heading of the first one's level; deeper ones are part of a tab.
local function one_after_the_other(tabset)
  local level
  local blocks = pandoc.Blocks {}
  for _, block in ipairs(tabset.content) do
    if block.t == "Header" and block.level <= (level or block.level) then
      level = level or block.level
      block = label(block.content)
    end
    blocks:insert(block)
  end
  return tabset.identifier == "" and blocks or pandoc.Div(blocks, pandoc.Attr(tabset.identifier))
end

local function of_one_group(tabset)
  local first = tabset.content[1]
  local language = first and first.t == "Header" and LANGUAGES:includes(pandoc.utils.stringify(first.content))
  if not language or tabset.attributes.group then
    return nil
  end
  tabset.attributes.group = "language"
  return tabset
end

local turn = FORMAT:match "typst" and one_after_the_other or FORMAT:match "html" and of_one_group

return {
  {
    Div = function(div)
      if turn and div.classes:includes "panel-tabset" then
        return turn(div)
      end
    end,
  },
}
