"""Run notebooks as Jupyter does, cell by cell, and write what each gave, as JSON: `python run_notebook.py OUT NOTEBOOK ...`.

It needs nothing but IPython, which every kernel has; the cell that installs is passed over, for the tests ask nobody.
Each notebook runs in a copy of this process, in a folder of its own, where what takes long to import was imported.
"""

import importlib
import json
import os
import sys
import traceback
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


def main(out: str, *paths: str) -> None:
    for name in ("hlm", "matplotlib.pyplot", "matplotlib_inline.backend_inline"):
        importlib.import_module(name)
    for path in map(Path, paths):
        folder = Path(out, path.stem)
        folder.mkdir()
        if (copy := os.fork()) == 0:
            os.chdir(folder)
            try:
                result = run(path)
            except BaseException:
                result = {"failed": traceback.format_exc()}
            Path("result.json").write_text(json.dumps(result), "utf-8")
            os._exit(0)
        os.waitpid(copy, 0)


def run(path: Path) -> dict:
    shell = InteractiveShell.instance(displayhook_class=Results)
    shell.history_manager.enabled = False
    given = []
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] != "code" or "install" in cell["metadata"].get("tags", []):
            continue
        SHOWN.clear()
        with capture_output() as captured:
            result = shell.run_cell(cell["source"], store_history=True)
        failed = result.error_before_exec or result.error_in_exec
        if failed and "raises-exception" not in cell["metadata"].get("tags", []):
            return {"failed": f"{cell['source']}\n{type(failed).__name__}: {failed}"}
        shown = [output.data for output in captured.outputs] + SHOWN
        given.append({"stdout": captured.stdout, "shown": [*shown]})
    return {"given": given, "hlm": sys.modules["hlm"].__file__}


if __name__ == "__main__":
    main(*sys.argv[1:])
