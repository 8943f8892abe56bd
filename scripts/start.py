"""Sets the product up and opens its wizard.

python3 scripts/start.py                        the wizard
python3 scripts/start.py --run                  the main job without it: retail_oltp_small under ./synthetic_data
python3 scripts/start.py generate … | show …    any other command of synthetic-data

With --spark as the first word PySpark and Delta are installed as well (a download of 450 MB, once).
"""

from __future__ import annotations

import os
import subprocess
import sys

from environment import BIN, ensure


def main(arguments: list[str]) -> int:
    """Runs a command in the private environment and says how to go on."""
    spark = arguments[:1] == ["--spark"]
    ensure("spark" if spark else "")
    arguments = arguments[1:] if spark else arguments
    command = ["generate", "retail_oltp_small", *arguments[1:]] if arguments[:1] == ["--run"] else arguments
    code = subprocess.run([str(BIN / "synthetic-data"), *command], check=False).returncode
    place = os.path.relpath(BIN / "activate")
    activate = place if BIN.name == "Scripts" else f". {place}"
    print(f"\nTo go on: {activate}\nThen for example: synthetic-data list-datasets", file=sys.stderr)
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
