"""The process of one notebook: what Fabric's kernel would do, on the standard library alone.

It is started as a file, and imports nothing of this product. A JSON line on standard input tells what to run; what happens is told in JSON
lines on standard output: `print`, `event`, `exit`, `failed`.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import traceback
import types
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

_BOUNDARY = ("notebookutils",)


class Exit(BaseException):
    """The notebook has ended with a value."""


class OnlyTheImage:
    """Finds no package that the image lacks, whatever is installed on this machine."""

    def __init__(self, allowed: list[str]) -> None:
        self._allowed = {*allowed, *sys.stdlib_module_names, *_BOUNDARY}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Where a module is; None for what is installed here and the image lacks."""
        spec = PathFinder.find_spec(name, path, target)
        top = name.partition(".")[0]
        if spec is None or path is not None or top in self._allowed:
            return spec
        places = [spec.origin or "", *(spec.submodule_search_locations or ())]
        return None if any(part in place for place in places for part in ("site-packages", "dist-packages")) else spec

    @staticmethod
    def find_distributions(*words: Any, **named: Any) -> Any:
        """What packages say of themselves."""
        return PathFinder.find_distributions(*words, **named)

    @staticmethod
    def invalidate_caches() -> None:
        """As finders do where files have come."""
        PathFinder.invalidate_caches()


class _Lines(io.TextIOBase):
    """Standard output of the cells, as lines of the protocol."""

    def __init__(self, tell: Any) -> None:
        self._tell, self._held = tell, ""

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Tells each line when it is whole."""
        *lines, self._held = (self._held + text).split("\n")
        for line in lines:
            self._tell({"print": line})
        return len(text)

    def flush(self) -> None:
        """Lines are told when they are whole."""

    def rest(self) -> None:
        """Tells what has no end of line."""
        if self._held:
            self.write("\n")


def main() -> int:
    """Runs the cells; returns 0 where the notebook ended well."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    # Whatever a library prints past Python must not mix with the lines.
    os.dup2(2, 1)

    def tell(value: dict[str, Any]) -> None:
        out.write(json.dumps(value) + "\n")

    order = json.loads(sys.stdin.readline())
    # As Ctrl-C: a run that hears it takes back what it has begun.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.meta_path[:] = [BuiltinImporter, FrozenImporter, OnlyTheImage(order["packages"])]
    # What is no folder is a hook, by which packages are found that are installed from where they are written.
    sys.path[:] = [path for path in sys.path if path and Path(path).exists() and Path(path).resolve() != Path(__file__).resolve().parent]
    sys.path.insert(0, "")
    sys.stdout = lines = _Lines(tell)
    sys.modules["notebookutils"] = _stand_in(order, tell)
    namespace: dict[str, Any] = {"__name__": "__main__", "notebookutils": sys.modules["notebookutils"]}
    spark = None
    try:
        if order["spark"] is not None:
            spark = namespace["spark"] = _session(order["spark"])
        for number, text in enumerate(order["cells"], 1):
            exec(compile(text, f"<cell {number}>", "exec"), namespace)  # noqa: S102  # what a kernel does
        value = ""
    except Exit as ended:
        value = str(ended)
    except BaseException as error:
        lines.rest()
        kind = type(error)
        # What the engine says of mistakes and failures is a sentence already.
        names = [base.__name__ for base in kind.__mro__]
        ours = "SyntheticDataError" in names or (kind is RuntimeError and "SHA-256" in str(error))
        told = {"failed": f"{error}" or kind.__name__, "kind": kind.__name__, "ours": ours, "mistake": "InputError" in names}
        tell({**told, "trace": traceback.format_exc()})
        return 1
    finally:
        if spark is not None:
            spark.stop()
    lines.rest()
    # Last of all: whoever hears it ends this process.
    tell({"exit": value})
    return 0


def _session(options: dict[str, str]) -> Any:
    from delta import configure_spark_with_delta_pip
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    for name, value in options.items():
        builder = builder.config(name, value)
    return configure_spark_with_delta_pip(builder).getOrCreate()


def _beside(name: str) -> types.ModuleType:
    """A module of this folder, by its place: packages of this machine are not looked at here."""
    own = f"synthetic_data_{name}_of_this_machine"
    spec = spec_from_file_location(own, Path(__file__).with_name(f"{name}.py"))
    if spec is None or spec.loader is None:
        raise RuntimeError(f"the stand-in `{name}` is not there")
    # Dataclasses look for the module that they are in.
    module = sys.modules[own] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _stand_in(order: dict[str, Any], tell: Any) -> types.ModuleType:
    """As much of Fabric's `notebookutils` as compiled notebooks use, and its files for those who add cells."""

    def leave(value: str = "") -> None:
        raise Exit(value)

    def token(audience: str) -> str:
        raise RuntimeError(f"there are no tokens for `{audience}` on this machine: name a folder in `lakehouse_root`")

    def connect(name: str, workspace: str = "", kind: str = "Warehouse") -> Any:
        return _beside("warehouse").Connection(Path(order["warehouse"]))

    module = types.ModuleType("notebookutils")
    told: dict[str, Any] = {
        "runtime": types.SimpleNamespace(context=order["context"]),
        "notebook": types.SimpleNamespace(exit=leave),
        "credentials": types.SimpleNamespace(getToken=token),
        "data": types.SimpleNamespace(connect_to_artifact=connect),
        "fs": _beside("files").Files(Path(order["lakehouse"])),
        "emit": lambda event: tell({"event": event}),
    }
    for name, value in told.items():
        setattr(module, name, value)
    return module


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)
