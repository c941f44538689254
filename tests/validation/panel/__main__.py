"""``python tests/validation/panel``: the folder is run as a program, so its parent is put where imports look."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from panel.command import main

if __name__ == "__main__":
    sys.exit(main())
