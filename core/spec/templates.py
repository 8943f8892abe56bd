"""The enhanced templates that there are, shipped ones and users' own."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..errors import ConfigError, InputError, ParameterError, UnknownNameError, brief
from ..frozen import dataclass
from .own_files import Stamp, files_in, in_short, stamp_of, told_of
from .repository import CONFIGS, DatasetConfigurationRepository

if TYPE_CHECKING:
    from .enhanced import Template
    from .offered import Difference, Parameter
    from .resolve import Resolved

ENVIRONMENT: Final = "SYNTHETIC_DATA_TEMPLATES"
"""Directories of users' own templates, separated as in PATH."""
SHIPPED: Final = CONFIGS / "enhanced"
"""The folder of shipped templates."""

_TOP: Final = re.compile(r"^(id|name|about|dataset):(.*)$")


@dataclass(frozen=True, slots=True)
class TemplateInfo:
    """One line of the listing."""

    template_id: str
    name: str
    about: str
    dataset_id: str
    source: Path
    problems: tuple[str, ...] = ()
    """All that is wrong with it, a sentence each, as far as there is an end to them. Shipped files are not looked into."""

    @property
    def problem(self) -> str:
        """Why the file cannot be used, in one sentence; empty if it can."""
        return in_short(self.problems)


class TemplateRepository:
    """Lists, finds and validates templates; nothing in them is ever executed.

    `paths` are directories of users' own YAML and JSON files; those that SYNTHETIC_DATA_TEMPLATES of `environ` names come
    after them, the shipped ones last. Of two files with one id the first counts. `datasets` says where their datasets are
    (default: the shipped ones, and those that `environ` names). Raises ParameterError for a directory that is none.
    """

    def __init__(
        self,
        paths: Sequence[Path | str] = (),
        environ: Mapping[str, str] = {},
        datasets: DatasetConfigurationRepository | None = None,
    ) -> None:
        given = [("templates", Path(path)) for path in paths]
        given += [(ENVIRONMENT, Path(path)) for path in environ.get(ENVIRONMENT, "").split(os.pathsep) if path]
        for name, path in given:
            if not path.is_dir():
                raise ParameterError(name, f"`{brief(path)}` is not a folder")
        self.own = tuple(dict.fromkeys(path for _, path in given))
        """Users' directories."""
        self.datasets = datasets or DatasetConfigurationRepository(environ=environ)

    @cached_property
    def _glanced(self) -> dict[str, TemplateInfo]:
        out: dict[str, TemplateInfo] = {}
        for file in (file for folder in (*self.own, SHIPPED) for file in files_in(folder, "templates")):
            info = _glance(file)
            out.setdefault(info.template_id, info)
        return out

    @cached_property
    def _infos(self) -> list[TemplateInfo]:
        return [info if info.source.parent == SHIPPED or info.problem else self._looked_into(info) for info in self._glanced.values()]

    def anew(self, datasets: DatasetConfigurationRepository) -> TemplateRepository:
        """The same places, read again, with these datasets."""
        return TemplateRepository(self.own, datasets=datasets)

    def stamp(self) -> Stamp:
        """See `DatasetConfigurationRepository.stamp`."""
        return stamp_of(self.own)

    def list(self) -> list[TemplateInfo]:
        """All templates; a file that cannot be used stands in the list with its problem."""
        return list(self._infos)

    def _looked_into(self, info: TemplateInfo) -> TemplateInfo:
        try:
            self.of_file(info.source)
        except InputError as error:
            return replace(info, problems=told_of(error))
        return info

    def get(self, template_id: str) -> Template:
        """A template by its id; raises InputError, ConfigError and UnknownNameError."""
        info = self._glanced.get(template_id)
        if info is None:
            raise UnknownNameError("enhanced template", template_id, [one.template_id for one in self._glanced.values() if not one.problem])
        if info.problem:
            raise InputError(info.problem)
        return self.of_file(info.source)

    def of_file(self, file: Path) -> Template:
        """The template in a file; raises ConfigError with every problem that was found."""
        from .enhanced import PRESETS, Template
        from .loader import validate
        from .offered import problems
        from .parameters import RuntimeParameters
        from .parse import read_mapping
        from .trust import refuse_places

        value = read_mapping(file)
        presets = value.get(PRESETS)
        if isinstance(presets, dict):
            refuse_places(presets, file, "a template", PRESETS)
            try:
                validate(RuntimeParameters, presets, file)
            except ConfigError as error:
                raise ConfigError(file, [(f"{PRESETS}.{path}", told) for path, told in error.problems], error.count) from None
        template = validate(Template, {"id": file.stem, **value}, file)
        named = template.runtime_params.dataset_id
        if named is not None and named != template.dataset:
            raise ConfigError(file, [(f"{PRESETS}.dataset_id", f"is `{named}`, but the template's `dataset` is `{template.dataset}`")])
        try:
            variant = self.datasets.get(template.dataset)
        except UnknownNameError as error:
            raise ConfigError(file, [("dataset", str(error))]) from None
        found = list(problems(template, variant))
        if found:
            raise ConfigError(file, found)
        return template

    def offered(self, template: Template) -> tuple[Parameter, ...]:
        """What a template offers of its own, in its order."""
        from .offered import offered

        return offered(template, self.datasets.get(template.dataset))

    def common(self, template: Template) -> tuple[Parameter, ...]:
        """What every template offers besides its own: settings of the size, the seed and the output."""
        from .offered import common

        return common(template, self.datasets.get(template.dataset))

    def differences(self, template: Template) -> tuple[Difference, ...]:
        """Which settings a template changes in its dataset."""
        from .offered import differences

        return differences(template, self.datasets.get(template.dataset))


def enhanced_variant(
    template_id: str,
    path_pattern: str | None = None,
    *,
    dataset_id: str | None = None,
    flags: Mapping[str, Any] = {},
    sets: Sequence[str] = (),
    config: Path | None = None,
    environ: Mapping[str, str] = {},
    templates: Sequence[Path | str] = (),
) -> Resolved:
    """The parameters of a template's runs, whose paths follow `path_pattern` where one is given.

    The other arguments are those of `resolve_parameters`; `templates` are directories of own ones. Raises what it raises,
    and UnknownNameError.
    """
    from .resolve import resolve_parameters

    datasets = DatasetConfigurationRepository(flags.get("datasets") or (), environ=environ)
    template = TemplateRepository(templates, environ, datasets).get(template_id)
    given = {**flags, "output_settings.path_format": path_pattern} if path_pattern is not None else flags
    return resolve_parameters(dataset_id, flags=given, sets=sets, config=config, environ=environ, template=template)


def _glance(file: Path) -> TemplateInfo:
    """What the listing shows. Files that we wrote are read line by line, without the library that parses them."""
    from .files import read_text

    value: dict[str, Any] = {}
    if file.parent == SHIPPED:
        with suppress(ConfigError):
            found = (_TOP.match(line) for line in read_text(file).splitlines())
            value = {one[1]: one[2].strip() for one in found if one}
    else:
        from .parse import read_mapping

        try:
            value = read_mapping(file)
        except ConfigError as error:
            return TemplateInfo(file.stem, "", "", "", file, told_of(error))
    told = {key: str(value.get(key, "")) for key in ("name", "about", "dataset")}
    name = value.get("id", file.stem)
    return TemplateInfo(str(name), told["name"] or str(name), told["about"], told["dataset"], file)
