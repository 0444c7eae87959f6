"""Which column fills which field: proposed from the names, decided by the person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from app.domain.errors import InvalidInput
from app.services.imports.kind import Field, Kind

_BRACKETS = re.compile(r"[\[(<{][^\])>}]*[\])>}]")
_NO_WORD = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def plain(name: str) -> str:
    """A name without case, accents, signs and what stands in brackets: `Zeit [UTC]` is `zeit`."""
    text = _CAMEL.sub(" ", _BRACKETS.sub(" ", name))
    text = unicodedata.normalize("NFKD", text.replace("\N{LATIN SMALL LETTER SHARP S}", "ss"))
    text = "".join(sign for sign in text if not unicodedata.combining(sign))
    return _NO_WORD.sub(" ", text.lower()).strip()


def propose(columns: Sequence[str], kind: Kind) -> dict[str, str]:
    """Field by column ("" = none): by name, by synonym, then by the words a name starts with.

    Each field is proposed once, the best match first; the person may change every one.
    """
    found = dict.fromkeys(columns, "")
    free = {field.name: field for field in kind.fields}
    for fits in (_is_named, _is_called, _begins):
        for column in columns:
            if found[column] or not column:
                continue
            field = next((field for field in free.values() if fits(plain(column), field)), None)
            if field is not None:
                found[column] = field.name
                del free[field.name]
    return found


def check(mapping: Mapping[str, str], kind: Kind) -> None:
    """Raise InvalidInput when a needed field has no column, or a field has two."""
    used = [field for field in mapping.values() if field]
    troubles = {}
    for field in kind.fields:
        if field.is_required and field.name not in used:
            troubles[field.name] = f"Say which column is: {field.text}."
        elif used.count(field.name) > 1 and not field.may_repeat:
            troubles[field.name] = f"Two columns are said to be: {field.text}."
    if kind.lacks is not None:
        troubles |= kind.lacks(mapping)
    if troubles:
        raise InvalidInput(troubles)


def _is_named(name: str, field: Field) -> bool:
    return name in (plain(field.name.replace("_", " ")), plain(field.text))


def _is_called(name: str, field: Field) -> bool:
    return name in field.synonyms


def _begins(name: str, field: Field) -> bool:
    """`equipment no 1`, `timestamp utc`, `failure component`: one of the names, and more words."""
    names = (plain(field.name.replace("_", " ")), plain(field.text), *field.synonyms)
    words = f" {name} "
    return any(words.startswith(f" {n} ") or words.endswith(f" {n} ") for n in names)
