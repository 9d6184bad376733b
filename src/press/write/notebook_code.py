"""The code of a notebook's cells: which of it has to be there, and how it shows no more than the page does."""

from __future__ import annotations

import ast


def parsed(code: str) -> list[ast.stmt] | None:
    """The statements of a cell; None where it has magics or other things that are not Python's."""
    try:
        return ast.parse(code).body
    except SyntaxError:
        return None


def needed_before(code: str, later: set[str]) -> set[str]:
    """The names that have to be there before a cell runs, if what runs after it needs those in `later`."""
    statements = parsed(code) or []
    read = {
        node.id
        for statement in statements
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    targets = [target for s in statements if isinstance(s, ast.Assign) for target in s.targets]
    return later - {target.id for target in targets if isinstance(target, ast.Name)} | read


def what_later_cells_need(code: str, later: set[str], shows: bool = False) -> str:
    """What of a hidden cell has to stay so that cells below it run, which name what is in `later`; "" for nothing.

    Assertions are of the book, which holds its own sentences by them, and go. If the cell `shows` something that no
    notebook can show, its expressions go, too; others may do something, and stay.
    """
    statements = parsed(code)
    if statements is None:
        return code
    kept = [s for s in statements if not isinstance(s, ast.Assert) and not (shows and isinstance(s, ast.Expr))]
    does = any(isinstance(s, ast.Expr) and not isinstance(s.value, ast.Constant) for s in kept)
    if not does and not any(_bound(statement) & later for statement in kept):
        return ""
    lines = code.splitlines()
    gone = {n for s in statements if s not in kept for n in range(s.lineno - 1, s.end_lineno)}
    return "\n".join(line for n, line in enumerate(lines) if n not in gone).strip("\n")


def repeats(listing: str, shown: str) -> bool:
    """Whether the code of a cell that shows a result is how the listing before it ends."""
    statements = parsed(listing)
    last = ast.get_source_segment(listing, statements[-1]) if statements else ""
    return bool(last) and " ".join(last.split()) == " ".join(shown.split())


def quiet(code: str) -> str:
    """The code with a semicolon at its end, by which a notebook shows no result of its last expression."""
    statements = parsed(code)
    return f"{code};" if statements and isinstance(statements[-1], ast.Expr) and not code.endswith(";") else code


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement sets, or whose parts it sets."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    found = {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(statement)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            found.add(node.id)
        elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            root = node
            while isinstance(root, ast.Attribute | ast.Subscript):
                root = root.value
            found |= {root.id} if isinstance(root, ast.Name) else set()
    return found
