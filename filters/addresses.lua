--- Where the book is published: `site-url` and `repo-url`, under `book:` in `_quarto.yml`. Either may be missing.
--
-- SITE-URL/ in code and in links becomes the address of the site; without one it goes, and what is left is a path.
--
-- A page that shows code ends with a link to its notebook and, where both addresses are there and the repository is on
-- GitHub, with one that opens it in Colab: from the branch `notebooks`, where the workflow that publishes puts them.
--
-- Runs at `pre-ast`, where Quarto and press have the settings of `book:` in the document's metadata.

local COLAB = "https://colab.research.google.com/github/%s/blob/notebooks/%s"

local site, repository

local function look(doc)
  local function address(name)
    local book = doc.meta.book
    local value = type(book) == "table" and book[name] and pandoc.utils.stringify(book[name]) or ""
    return (value:gsub("/+$", ""))
  end
  site = address "site-url"
  repository = address("repo-url"):match "^https://github%.com/([^/]+/[^/]+)$"
end

local function with_address(text)
  return (text:gsub("SITE%-URL/", function()
    return site ~= "" and site .. "/" or ""
  end))
end

local function code(element)
  element.text = with_address(element.text)
  return element
end

local function link(element)
  element.target = with_address(element.target)
  return element
end

local function shows_code(doc)
  local found = false
  doc.blocks:walk {
    CodeBlock = function(block)
      found = found or (block.classes:includes "python" and block.classes:includes "cell-code")
    end,
  }
  return found
end

--- The chapter's notebook, as a path from the root of the book, where the chapters are in folders one deep or beside it.
local function notebook_of(input)
  local folder, name = input:gsub("\\", "/"):match "([^/]*)/([^/]+)%.qmd$"
  local below = folder == "chapters" or folder == "problems"
  return (below and folder .. "/" or "") .. name .. ".ipynb"
end

local function at_the_end(doc)
  if not (FORMAT:match "html" and shows_code(doc)) then
    return nil
  end
  local file = notebook_of(quarto.doc.input_file)
  local line = pandoc.Inlines { pandoc.Link("This chapter as a notebook", file:match "[^/]+$") }
  if site ~= "" and repository then
    line:extend { " · ", pandoc.Link("open it in Colab", COLAB:format(repository, file)) }
  end
  doc.blocks:insert(pandoc.Div({ pandoc.Para(line) }, pandoc.Attr("", { "downloads" })))
  return doc
end

return { { Pandoc = look }, { Code = code, CodeBlock = code, Link = link }, { Pandoc = at_the_end } }
