"""Passes the project's checks: style, types, import contracts and tests. `--fast` leaves the slow tests out.

python3 scripts/test.py [--fast] [pytest arguments]
"""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed

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
    for check in ([str(BIN / "ruff"), "check", "."], [str(BIN / "ruff"), "format", "--check", "--quiet", "."]):
        code = subprocess.run(check, cwd=ROOT, check=False).returncode
        if code:
            return _failed(check, code)
    tests = [str(PYTHON), "-m", "pytest", "-n", "auto", "--dist", "loadgroup", *(["-m", "not slow"] if fast else []), *rest]
    return _together(tests, [[str(PYTHON), "-m", "mypy"], [str(BIN / "lint-imports"), "--no-cache"]])


def _together(tests: list[str], others: list[list[str]]) -> int:
    """Runs the tests beside other checks, each of which keeps no more than one core busy, and says what those said when they end."""
    with ThreadPoolExecutor(len(others)) as pool, subprocess.Popen(tests, cwd=ROOT) as running:
        waiting = {pool.submit(subprocess.run, check, cwd=ROOT, capture_output=True, text=True, check=False): check for check in others}
        for ended in as_completed(waiting):
            done = ended.result()
            print(f"{done.stdout}{done.stderr}", flush=True)
            if done.returncode:
                # As somebody at the keyboard would: the tests end their own processes.
                running.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
                return _failed(waiting[ended], done.returncode)
        code = running.wait()
    return _failed(tests, code) if code else 0


def _failed(check: list[str], code: int) -> int:
    print(f"failed: {' '.join(check)}", file=sys.stderr)
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
