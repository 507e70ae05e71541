"""What every part of a configuration has in common."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

# A pattern and what to tell somebody whose text does not match it.
_IDENTIFIER = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"
_LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
_ENDPOINT = r"^(https|wss)://[^\s/]+\S*$"
PATTERNS = {
    _IDENTIFIER: "use letters, digits and _ only, and begin with a letter",
    _LANGUAGE: "give a language tag such as en-US or hi-IN",
    _ENDPOINT: "give an address that begins with https:// or wss://",
}

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)]
Identifier = Annotated[str, StringConstraints(pattern=_IDENTIFIER)]
LanguageTag = Annotated[str, StringConstraints(pattern=_LANGUAGE)]
# A customer's own endpoint: encrypted on its way. Private hosts are refused when called.
EndpointUrl = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=500, pattern=_ENDPOINT),
]


class Part(BaseModel):
    """A typed document that refuses keys it does not know."""

    model_config = ConfigDict(
        extra="forbid", populate_by_name=True, validate_default=False
    )

    @model_validator(mode="before")
    @classmethod
    def _null_means_not_set(cls, value: Any) -> Any:
        """The public API clears a field with null: it goes back to its default."""
        if not isinstance(value, dict):
            return value
        return {name: held for name, held in value.items() if held is not None}


def refuse_twins(names: list[str]) -> None:
    """Raise ``ValueError`` naming what is there more than once."""
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise ValueError(f"{', '.join(twins)} is there twice")
