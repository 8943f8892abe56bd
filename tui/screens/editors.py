"""Which editor a setting has; each is imported when it is first opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...core.spec.repository import DatasetVariant
    from ..widgets.field import SettingField
    from .editing import Editor


def editor_of(field: SettingField, variant: DatasetVariant | None) -> Editor | None:
    """The editor of a field's value; None where typing is all there is, or where it needs a dataset and there is none."""
    setting, value = field.setting, field.value
    if setting.control == "date":
        from .pick_day import PickDay

        return PickDay(setting, value or field.held)
    if variant is None:
        return None
    if setting.control == "tables":
        from .pick_names import PickNames, names_of

        return PickNames(setting, value if value is not None else field.held, names_of(setting, variant.dataset))
    if setting.control == "mapping":
        return _of_mapping(field, value if isinstance(value, Mapping) else {}, variant)
    return None


def _of_mapping(field: SettingField, given: Mapping[str, Any], variant: DatasetVariant) -> Editor | None:
    setting, dataset = field.setting, variant.dataset
    if setting.path.startswith("temporal_patterns."):
        from .weigh import Weigh

        return Weigh(setting, given, dataset)
    if setting.path == "distributions":
        from .laws import Laws

        return Laws(setting, given, dataset)
    if setting.path == "incremental_config.late_arrivals":
        from .law import Late

        return Late(setting, given)
    if setting.path == "incremental_config.table_types":
        from .table_types import TableTypes

        return TableTypes(setting, given, dataset)
    return None
