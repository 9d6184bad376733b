-- Runs the book's filters one after the other, each as Quarto would: it finds the format in FORMAT and asks
-- `quarto.doc.is_format`; it finds a page's chapter in `quarto.doc.input_file`, and the book's addresses, `site-url` and
-- `repo-url`, in the metadata. A filter that fails is named, with its message, in place of the document's blocks.

local function quarto(format, input)
  local names = { html = "html html4 html5 html:js", typst = "typst", ipynb = "ipynb" }
  local function is_format(name)
    return (" " .. names[format] .. " "):find(" " .. name .. " ", 1, true) ~= nil
  end
  local doc = { is_format = is_format, isFormat = is_format, input_file = input }
  local function missing(path)
    return {
      __index = function(_, name)
        error(("press has no %s.%s, only quarto.doc.is_format and input_file"):format(path, name), 2)
      end,
    }
  end
  return setmetatable({ doc = setmetatable(doc, missing "quarto.doc") }, missing "quarto")
end

local function run(doc)
  local asked = doc.meta.press
  local format = pandoc.utils.stringify(asked.format)
  local root = pandoc.utils.stringify(asked.root)
  local input = asked.input and pandoc.utils.stringify(asked.input)
  doc.meta.press = nil
  for _, name in ipairs(asked.filters) do
    local filter = pandoc.utils.stringify(name)
    local globals = {
      FORMAT = format,
      PANDOC_SCRIPT_FILE = filter,
      quarto = quarto(format, input),
      print = function(...)
        local words = table.pack(...)
        for i = 1, words.n do
          words[i] = tostring(words[i])
        end
        io.stderr:write(table.concat(words, "\t"), "\n")
      end,
    }
    -- From the book's folder, so that messages name the filter as `_quarto.yml` does.
    local done, result = pcall(pandoc.system.with_working_directory, root, function()
      return pandoc.utils.run_lua_filter(doc, filter, setmetatable(globals, { __index = _G }))
    end)
    if not done then
      return pandoc.Pandoc({}, { failed = filter, message = tostring(result) })
    end
    doc = result
  end
  return doc
end

return { { Pandoc = run } }
