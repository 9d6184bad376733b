--- A movable figure: a cell that shows one (`hlm.course.widgets`), and below it the cell of a labelled figure.
--
--   <!-- hlm-g tau00="4.8" ... -->         <hlm-g tau00="4.8" ...>
--                                 becomes  the figure
--   the figure                             </hlm-g>
--
-- On a page the element stands around the figure, and the page loads what brings it to life. A comment is nothing
-- anywhere else: in a PDF, in a notebook and on a page without scripts the figure stands as it is.
--
-- Runs at `pre-ast`, where Quarto and press have a comment that a cell shows as raw HTML, and a figure as one block.

if not FORMAT:match "html" then
  return {}
end

-- Both renderers make of a path that starts with "/" one that leads there from the page.
local LOAD = [[
<link rel="stylesheet" href="/assets/widgets/widgets.css">
<script type="module" src="/assets/widgets/widgets.js"></script>]]

-- What needs the schools' moments finds them by this name; others of the same page have a number besides.
local DATA = '<script type="application/json" id="%s">%s</script>'
local NAME = "hlm-moments"

local function html(text, ...)
  return pandoc.RawBlock("html", text:format(...))
end

--- A widget as a cell shows it: its element's name, its tag, and what it computes with. Any other raw block is nil.
local function read(raw)
  local inside = raw.format:match "html" and raw.text:match "^<!%-%- (hlm%-.-)%s%-%->%s*$"
  if not inside then
    return nil
  end
  local tag, data = inside:match "^([^\n]*)\n?(.*)$"
  return { name = tag:match "^[%w-]+", tag = tag, data = data }
end

--- The same data stand on a page once: their name, and what has to be written for them to be there.
local function named(data, names)
  if names[data] then
    return names[data], pandoc.Blocks {}
  end
  names.count = (names.count or 0) + 1
  names[data] = names.count == 1 and NAME or NAME .. "-" .. names.count
  return names[data], pandoc.Blocks { html(DATA, names[data], data) }
end

--- A figure with its widget's element around it.
local function around(figure, widget, names)
  local tag, blocks = widget.tag, pandoc.Blocks {}
  if widget.data ~= "" then
    local name
    name, blocks = named(widget.data, names)
    tag = tag .. (' moments="%s"'):format(name)
  end
  blocks:extend { html("<%s>", tag), figure, html("</%s>", widget.name) }
  return blocks
end

local function is_figure(block)
  return block.identifier:match "^fig%-" ~= nil
end

local function bring_to_life(doc)
  local waiting -- the widget whose figure is to come
  local names = {} -- of the data that stand on the page
  local alive = false

  local function none_waits()
    assert(not waiting, waiting and waiting.name .. " has no figure: the cell of a labelled figure stands below its own")
  end
  local function figure(block)
    if waiting and is_figure(block) then
      local blocks = around(block, waiting, names)
      waiting = nil
      return blocks, false
    end
  end

  doc.blocks = doc.blocks:walk {
    traverse = "topdown",
    RawBlock = function(raw)
      local widget = read(raw)
      if widget then
        none_waits()
        waiting, alive = widget, true
        return {}
      end
    end,
    Div = figure,
    Figure = figure,
    Header = none_waits,
  }
  none_waits()
  if alive then
    doc.blocks:insert(html("%s", LOAD))
  end
  return doc
end

--- A cell that has shown nothing but a widget.
local function drop_if_empty(div)
  if #div.content == 0 and (div.classes:includes "cell" or div.classes:includes "cell-output") then
    return {}
  end
end

return { { Pandoc = bring_to_life }, { Div = drop_if_empty } }
