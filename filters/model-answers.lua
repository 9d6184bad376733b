--- The solution of a problem is written once, in `::: {.model-answer}` below it. Only the instructor's edition shows it.
--- (To `.solution` Quarto gives a meaning of its own.)
--
-- Runs at `pre-ast`, before Quarto and press leave out what is meant for another profile. Where that profile is not asked
-- for there is no solution: not on a page, not in a PDF, not in the index of the search.

local function for_instructors(div)
  if not div.classes:includes "model-answer" then
    return nil
  end
  local attributes = { { "title", "Solution" } }
  local shown = pandoc.Div(div.content, pandoc.Attr(div.identifier, { "callout-note", "model-answer" }, attributes))
  return pandoc.Div({ shown }, pandoc.Attr("", { "content-visible" }, { { "when-profile", "instructor" } })), false
end

return { { traverse = "topdown", Div = for_instructors } }
