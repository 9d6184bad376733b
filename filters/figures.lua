--- Figures on a page, in light and in dark: hlm's hold both palettes in one file, the dark one under the name #dark.
--
--   ![](figure.svg)   becomes   ![](figure.svg){.light-only} ![](figure.svg#dark){.dark-only}
--
-- and `assets/book.css` shows the one that goes with the page's theme. An SVG file of another make has one palette, and
-- stays as it is: hlm's are those that cells have made.

if not FORMAT:match "html" then
  return {}
end

local function made_by_a_cell(image)
  return image.src:match "_files/.*%.svg$" ~= nil
end

local function both(image)
  if not made_by_a_cell(image) then
    return nil
  end
  local dark = image:clone()
  dark.src, dark.identifier = image.src .. "#dark", ""
  image.classes:insert "light-only"
  dark.classes:insert "dark-only"
  return { image, dark }
end

return { { Image = both } }
