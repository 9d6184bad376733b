"""Run a notebook as Jupyter does, cell by cell, and print what each gave, as JSON: `python run_notebook.py NOTEBOOK`.

It needs nothing but IPython, which every kernel has; the cell that installs is passed over, for the tests ask nobody.
"""

import json
import sys
from pathlib import Path

from IPython.core.displayhook import DisplayHook
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output


class Results(DisplayHook):
    """The value of a cell's last line, in all forms that it has: a kernel would send them on."""

    def __call__(self, result=None):
        if result is not None and not self.quiet() and (forms := self.compute_format_data(result)[0]):
            SHOWN.append(forms)


SHOWN = []


def main(path: str) -> None:
    shell = InteractiveShell.instance(displayhook_class=Results)
    shell.history_manager.enabled = False
    given = []
    for cell in json.loads(Path(path).read_text("utf-8"))["cells"]:
        if cell["cell_type"] != "code" or "install" in cell["metadata"].get("tags", []):
            continue
        SHOWN.clear()
        with capture_output() as captured:
            result = shell.run_cell(cell["source"], store_history=True)
        failed = result.error_before_exec or result.error_in_exec
        if failed and "raises-exception" not in cell["metadata"].get("tags", []):
            sys.exit(f"{cell['source']}\n{type(failed).__name__}: {failed}")
        shown = [output.data for output in captured.outputs] + SHOWN
        given.append({"stdout": captured.stdout, "shown": [*shown]})
    json.dump({"given": given, "hlm": sys.modules["hlm"].__file__}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
