"""The sample book's chapters as notebooks."""


def test_notebooks_are_valid_and_executed(built):
    import nbformat

    notebook = nbformat.read(built / "_book/chapters/01-one.ipynb", as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [o.get("text") or o.data["text/plain"] for o in code[2].outputs] == ["hello\n", "42"]
    assert "Two and two are 4" in notebook.cells[0].source
    assert not (built / "_book/references.ipynb").exists()
