"""Passes the project's checks: style, types, import contracts and tests. `--fast` leaves the slow tests out.

python3 scripts/test.py [--fast] [pytest arguments]
"""

from __future__ import annotations

import subprocess
import sys

from environment import BIN, PYTHON, ROOT, ensure


def main(arguments: list[str]) -> int:
    """Runs every check, stops at the first that fails, and returns its exit code."""
    ensure("dev")
    link = ROOT / ".typing" / "ingen_fab" / "synthetic_data"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        # Type checkers do not see editable installs; they find the package through this link.
        link.symlink_to(ROOT, target_is_directory=True)
    fast = "--fast" in arguments
    rest = [argument for argument in arguments if argument != "--fast"]
    checks = [
        [str(BIN / "ruff"), "check", "."],
        [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
        [str(PYTHON), "-m", "mypy"],
        [str(BIN / "lint-imports"), "--no-cache"],
        [str(PYTHON), "-m", "pytest", "-n", "auto", "--dist", "loadgroup", *(["-m", "not slow"] if fast else []), *rest],
    ]
    for check in checks:
        code = subprocess.run(check, cwd=ROOT, check=False).returncode
        if code:
            print(f"failed: {' '.join(check)}", file=sys.stderr)
            return code
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
