"""What Quarto runs when it has made the pages (`post-render` in `_quarto.yml`): notebooks and wheel come beside them.

Quarto makes no notebooks of a book, so that both renderers' books have press's.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from press.build.quarto import LATER, take_along
from press.problems import BookError


def main() -> int:
    if LATER in os.environ or "QUARTO_PROJECT_RENDER_ALL" not in os.environ:  # a preview's single page
        return 0
    try:
        take_along(Path.cwd(), Path(os.environ["QUARTO_PROJECT_OUTPUT_DIR"]))
    except BookError as error:
        print(f"The notebooks were not made:\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
