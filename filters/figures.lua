--- Figures on a page, in light and in dark: hlm's hold both palettes in one file, the dark one under the name #dark.
--
--   ![](figure.svg)   becomes   ![](figure.svg){.light-only} ![](figure.svg#dark){.dark-only}
--
-- and `assets/book.css` shows the one that goes with the page's theme. An SVG file of another make has one palette, and
-- stays as it is: hlm's are those that cells have made.
--
-- Where the file is there already, as with Quarto, the picture tells its size, so that no line moves when it has come;
-- press writes its figures later, and their sizes itself.

if not FORMAT:match "html" then
  return {}
end

local function made_by_a_cell(image)
  return image.src:match "_files/.*%.svg$" ~= nil
end

--- Width and height of an SVG file in points, or nil.
local function size(path)
  local file = io.open(path)
  if not file then
    return nil
  end
  local head = file:read(2000) or ""
  file:close()
  local width, height = head:match '<svg[^>]- width="([%d.]+)pt" height="([%d.]+)pt"'
  return tonumber(width), tonumber(height)
end

local function with_size(image)
  local width, height = size(image.src)
  if width and not image.attributes.width and not image.attributes.height then
    -- in CSS pixels, of which 96 are an inch, as 72 points are
    image.attributes.width = ("%.0f"):format(width * 96 / 72)
    image.attributes.height = ("%.0f"):format(height * 96 / 72)
  end
end

local function both(image)
  if not made_by_a_cell(image) then
    return nil
  end
  with_size(image)
  local dark = image:clone()
  dark.src, dark.identifier = image.src .. "#dark", ""
  image.classes:insert "light-only"
  dark.classes:insert "dark-only"
  return { image, dark }
end

return { { Image = both } }
