"""Running compiled notebooks: `execute-with-parameters`, and `--execute` of the commands that generate."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..core import format as shown
from ..core.compile.compilers import GENERIC, ON_SPARK, Compiled, IncrementalSyntheticDataGenerationCompiler
from ..core.compile.literals import Scalar
from ..core.compile.reading import parameters_of, read_notebook
from ..core.errors import InputError, RunCancelled
from ..core.execute.execute import execute
from ..core.run.cancel import CancelToken
from ..core.spec.flags import WORKSPACE
from ..core.spec.numbers import number, whole
from ..core.spec.resolve import Resolved, resolve_parameters
from ..core.spec.urls import local_root
from .reporters import reporter
from .stopping import stopped_by, stopping
from .streams import say, tell, tell_json

if TYPE_CHECKING:
    from ..core.spec.enhanced import Template

_WHOLE: Final = ("target_rows", "batch_size", "seed")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a notebook is to be run with."""

    given: Mapping[str, Any]
    """Parameter -> its text, or True."""
    sets: Sequence[str]
    config: Path | None
    custom_schema: str | None


def execute_notebook(name: str, asked: Asked, workspace: Path, output_dir: str | None, as_json: bool, quiet: bool) -> int:
    """Runs a notebook of a workspace; returns the exit code. Raises InputError for parameters that it does not have."""
    compiler = IncrementalSyntheticDataGenerationCompiler(workspace)
    if asked.given.get("generation_mode") == "pyspark" and name in GENERIC.values():
        if name.endswith("warehouse"):
            raise InputError("a warehouse is loaded by a Python notebook: use --generation-mode python, or the notebook for the lakehouse")
        name = f"{name}{ON_SPARK}"
    path = compiler.found(name, _unsaid if quiet else say)
    known = parameters_of(read_notebook(path))
    return _executed(path, name, _parameters(asked, known), _root(output_dir), as_json, quiet)


def refuse_with_execute(given: Mapping[str, bool]) -> None:
    """Raises InputError for options that a notebook has nothing of."""
    for option, is_given in given.items():
        if is_given:
            raise InputError(f"--execute runs the compiled notebook, which has no {option}: leave one of them out")


def execute_dataset(
    dataset_id: str | None,
    flags: Mapping[str, Any],
    sets: Sequence[str],
    config: Path | None,
    template: Template | None,
    as_json: bool,
    quiet: bool = False,
) -> int:
    """Compiles the notebook of a dataset and runs it here; returns the exit code."""
    resolved = resolve_parameters(dataset_id, flags=flags, sets=sets, config=config, environ=os.environ, template=template)
    compiler = IncrementalSyntheticDataGenerationCompiler(WORKSPACE)
    return _run(compiler, compiler.compile(resolved=resolved), resolved, {}, as_json, quiet)


def execute_days(
    dataset_id: str | None,
    days: tuple[date, date],
    flags: Mapping[str, Any],
    sets: Sequence[str],
    config: Path | None,
    template: Template | None,
    batch: int,
    again: bool,
    as_json: bool,
    quiet: bool = False,
) -> int:
    """Compiles the notebook of some days and runs it here; returns the exit code."""
    resolved = resolve_parameters(dataset_id, flags=flags, sets=sets, config=config, environ=os.environ, template=template)
    compiler = IncrementalSyntheticDataGenerationCompiler(WORKSPACE)
    made = compiler.compile_series(resolved=resolved, start=days[0], end=days[1], batch_size=batch)
    return _run(compiler, made, resolved, {"ignore_state": True} if again else {}, as_json, quiet)


def _run(
    compiler: IncrementalSyntheticDataGenerationCompiler,
    made: Compiled,
    resolved: Resolved,
    given: Mapping[str, Scalar],
    as_json: bool,
    quiet: bool,
) -> int:
    name = made.notebooks[0].name.removesuffix(".Notebook")
    where = resolved.parameters.output_settings.output_dir
    return _executed(compiler.found(name), name, given, _root(where), as_json, quiet)


def _root(output_dir: str | None) -> Path:
    if output_dir == "":
        raise InputError("--output-dir is empty: name a folder")
    given = output_dir or os.environ.get("SYNTHETIC_DATA_DIR") or "synthetic_data"
    return local_root(given, "notebooks run here write to", "deploy the notebook, or name a folder")


def _unsaid(line: str) -> None:
    """Warnings of a notebook are events, and what fails is an error: whatever else its cells print is no news to whoever wants none."""


def _executed(
    path: Path,
    name: str,
    parameters: Mapping[str, Scalar],
    root: Path,
    as_json: bool,
    quiet: bool,
) -> int:
    cancel = CancelToken()
    with stopping(cancel) as heard:
        try:
            with reporter(quiet) as emit:
                done = execute(path, parameters, root, emit=emit, say=_unsaid if quiet else say, cancel=cancel)
        except RunCancelled:
            say("cancelled")
            return stopped_by(heard)
    if as_json:
        tell_json({"notebook": name, "executed": str(done.saved), "exit_value": done.value})
        return 0
    if quiet:
        return 0
    value = done.value
    if {"rows", "seconds", "dataset_id"} <= set(value) and isinstance(value["rows"], int) and isinstance(value["seconds"], int | float):
        tell(f"{name}: {shown.many(value['rows'], 'row')} of {value['dataset_id']} in {shown.duration(value['seconds'])}")
    tell(f"executed notebook: {done.saved}")
    return 0


def _parameters(asked: Asked, known: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The values of a notebook's parameters: of options, of --set, and in `runtime_params` what is no scalar of its own."""
    out: dict[str, Scalar] = {name: _value(name, text) for name, text in asked.given.items()}
    before = json.loads(str(known.get("runtime_params") or "{}"))
    further = _merged(before if isinstance(before, dict) else {}, _further(asked))
    for text in asked.sets:
        name, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"--set `{text}` is not of the form key=value, for example --set scale_factor=2")
        if not name.strip(" ."):
            raise InputError(f"--set `{text}` names no parameter")
        if name == "runtime_params" and name in known:
            further = _merged(further, _object(value))
        elif name in known:
            out[name] = _typed(name, known[name], value)
        else:
            _put(further, name, value)
    if further != before:
        out["runtime_params"] = json.dumps(further)
    return out


def _further(asked: Asked) -> dict[str, Any]:
    from ..core.compile.custom import custom_schema
    from ..core.spec.parse import read_mapping
    from ..core.spec.series import DAYS

    out = dict(read_mapping(asked.config)) if asked.config is not None else {}
    # The notebook is told its days by arguments of their own.
    out.pop(DAYS, None)
    if asked.custom_schema is not None:
        found = custom_schema(asked.custom_schema)
        chosen = asked.given.get("dataset_id")
        if chosen is not None and found.get("dataset_id") not in (None, chosen):
            raise InputError(f"--custom-schema is of `{found['dataset_id']}`, but `{chosen}` was asked for")
        out |= found
    return out


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"--set runtime_params: is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InputError("--set runtime_params: must be an object of settings, such as {}")
    return value


def _put(value: dict[str, Any], path: str, text: str) -> None:
    from ..core.spec.parse import parse_yaml

    *blocks, leaf = path.split(".")
    for block in blocks:
        value = value.setdefault(block, {})
        if not isinstance(value, dict):
            raise InputError(f"--set {path}: `{block}` holds a value, so nothing can be set inside it")
    value[leaf] = parse_yaml(text, f"--set {path}")


def _merged(base: dict[str, Any], further: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with others over them, block by block."""
    out = dict(base)
    for name, value in further.items():
        before = out.get(name)
        out[name] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return out


def _value(name: str, text: Any) -> Scalar:
    try:
        if name in _WHOLE and isinstance(text, str):
            return int(whole(text))
        if name == "scale_factor" and isinstance(text, str):
            return float(number(text))
    except ValueError as error:
        raise InputError(f"--{name.replace('_', '-')}: {error}") from None
    return True if text is True else str(text)


_BOOLEANS: Final = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def _typed(name: str, default: Scalar, text: str) -> Scalar:
    """A text as the type of a parameter's default; raises InputError."""
    if isinstance(default, bool):
        if text.strip().lower() not in _BOOLEANS:
            raise InputError(f"--set {name}: must be true or false, not `{text}`")
        return _BOOLEANS[text.strip().lower()]
    try:
        if isinstance(default, int):
            return int(whole(text))
        return float(number(text)) if isinstance(default, float) else text
    except ValueError as error:
        raise InputError(f"--set {name}: {error}") from None
