"""The library that all models are made of.

Models import it from here, because compiled notebooks run where it is missing: there `core/embedded/modelling.py` takes this
module's place. What is used of pydantic is what stands in `__all__`.
"""

from __future__ import annotations

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)

__all__ = [
    "AfterValidator",
    "AliasChoices",
    "BaseModel",
    "BeforeValidator",
    "ConfigDict",
    "Discriminator",
    "Field",
    "PrivateAttr",
    "Tag",
    "ValidationError",
    "field_validator",
    "model_validator",
]
