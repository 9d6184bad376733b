--- The answer to an exercise is written once, in `::: {.answer}` below the exercise or in it.
--
-- On a page it unfolds where it stands. In a PDF the answers stand at the back, under a last heading "Answers" and the
-- titles of chapters, each under the name of its exercise, and the exercise says on which page.
--
-- Runs at `pre-ast`, where Quarto and press have a PDF's chapters as one document, as the authors wrote them.

local function is_exercise(div)
  return div.identifier:match "^exr%-" ~= nil
end

local function is_answer(div)
  return div.classes:includes "answer"
end

--- On a page: a callout to unfold.
local function unfolding(div)
  local attributes = { { "collapse", "true" }, { "title", "Answer" } }
  return is_answer(div)
      and pandoc.Div(div.content, pandoc.Attr(div.identifier, { "callout-tip", "answer" }, attributes))
    or nil
end

local function typst(text, ...)
  return pandoc.RawInline("typst", text:format(...))
end

local function typst_block(text, ...)
  return pandoc.RawBlock("typst", text:format(...))
end

--- Quarto's Typst centres an exercise and emphasises all of it. Here it is text (emphasis within italics is upright).
local EXERCISES = [[
#show figure.where(kind: "exercise"): set align(start)
#show figure.where(kind: "exercise"): set text(style: "italic")
#show figure.where(kind: "exercise"): it => {
  show strong: set text(style: "normal")
  it
}]]

-- What stands in an answer counts on where its exercise stands: a figure is the next of that chapter. Quarto leaves
-- the counting to Typst, so that it is told there; press reads the attribute `counts-with`.
local COUNTERS = [[
#context for kind in ("quarto-float-fig", "quarto-float-tbl") {
  let count = counter(figure.where(kind: kind))
  count.update(count.at(<%s>))
}]]
local NUMBERS = [[
#show selector.or(..("quarto-float-fig", "quarto-float-tbl").map(kind => figure.where(kind: kind))): set figure(
  numbering: n => numbering(
    if state("appendix-state", none).at(<%s>) == none { "1.1" } else { "A.1" },
    counter(heading).at(<%s>).first(), n,
  ))]]

--- Takes the answers out of these blocks into the list `found`, each with the name of its exercise, the number of its
--- chapter, and the conditions under which it is shown (`.content-visible` and its like, around it).
local function take(blocks, found, conditions)
  local function visit(div)
    if is_exercise(div) then
      found.exercise = div.identifier
    elseif div.classes:includes "content-visible" or div.classes:includes "content-hidden" then
      div.content = take(div.content, found, conditions .. { div.attr })
      return div, false
    elseif is_answer(div) then
      local words = pandoc.utils.stringify(div.content):sub(1, 60)
      assert(found.exercise, "an answer has no exercise before it: " .. words)
      found:insert {
        exercise = found.exercise,
        chapter = found.chapter,
        title = found.title,
        folder = found.folder,
        conditions = conditions,
        content = div.content,
      }
      return {}, false
    end
  end
  return blocks:walk {
    traverse = "topdown",
    Div = visit,
    Header = function(header)
      found.chapter = (found.chapter or 0) + (header.level == 1 and 1 or 0)
      found.title = header.level == 1 and header.content or found.title
    end,
    Para = function(para)
      -- Quarto's note of the folder from which the pictures that follow are named.
      if #para.content == 1 and (para.content[1].text or ""):match "^<!%-%- quarto%-file%-metadata:" then
        found.folder = para
      end
    end,
  }
end

--- An answer at the back, under the name of its exercise.
local function at_the_back(answer)
  local exercise = answer.exercise
  local cited = pandoc.Cite({ pandoc.Str("@" .. exercise) }, { pandoc.Citation(exercise, "AuthorInText") })
  local blocks = pandoc.Blocks {
    typst_block(NUMBERS, exercise, exercise),
    pandoc.Plain { typst "#block(sticky: true)[", pandoc.Strong { cited }, typst "]" },
  }
  blocks:extend { answer.folder }
  blocks:extend(answer.content)
  local div = pandoc.Div(blocks, pandoc.Attr(answer.name, {}, { { "counts-with", exercise } }))
  for _, condition in ipairs(answer.conditions) do
    div = pandoc.Div({ div }, condition)
  end
  return pandoc.Blocks { typst_block "#v(0.8em)", div }
end

--- "(Answer on page 7)", for the end of the exercise.
local function page(answer)
  local text = "(#link(<%s>)[Answer on page #context counter(page).at(<%s>).first()])"
  local link = typst(text, answer.name, answer.name)
  for _, condition in ipairs(answer.conditions) do
    link = pandoc.Span({ link }, condition)
  end
  return link
end

local function with_pages(exercise, answers)
  local last = exercise.content[#exercise.content]
  if not last or last.t ~= "Para" then
    last = pandoc.Para {}
    exercise.content:insert(last)
  end
  for _, answer in ipairs(answers) do
    last.content:extend { pandoc.Space(), page(answer) }
  end
  return exercise
end

local function to_the_back(doc)
  local found = pandoc.List {}
  doc.blocks = take(doc.blocks, found, pandoc.List {})
  if #found == 0 then
    return doc
  end
  local of = {} -- the answers to each exercise
  if found.folder then
    -- Quarto's running head would go on with the last numbered chapter and its last section.
    doc.blocks:insert(typst_block "#set page(header: none)")
  end
  doc.blocks:insert(pandoc.Header(1, "Answers", pandoc.Attr("answers", { "unnumbered" })))
  for i, answer in ipairs(found) do
    local before = of[answer.exercise] or pandoc.List {}
    of[answer.exercise] = before .. { answer }
    answer.name = "answer-" .. answer.exercise .. (#before > 0 and "-" .. #before + 1 or "")
    if i == 1 or answer.chapter ~= found[i - 1].chapter then
      doc.blocks:insert(pandoc.Header(2, answer.title or "", pandoc.Attr("", { "unnumbered", "unlisted" })))
      doc.blocks:insert(typst_block(COUNTERS, answer.exercise))
    end
    doc.blocks:extend(at_the_back(answer))
  end
  doc.blocks = doc.blocks:walk {
    Div = function(div)
      return of[div.identifier] and with_pages(div, of[div.identifier]) or nil
    end,
  }
  doc.blocks:insert(1, typst_block(EXERCISES))
  return doc
end

return { FORMAT:match "typst" and { Pandoc = to_the_back } or { Div = unfolding } }
