"""Which components the orders of a file can be about: those of the class, and new ones."""

from __future__ import annotations

import re
from collections.abc import Iterable

import sqlalchemy as sa

from app.db.equipment import Component
from app.domain.order_text import Candidate, candidate, same_name, usual_systems
from app.services.imports.codes import code_of
from app.services.imports.register import Register

_PARTING = re.compile(r"[;|]|(?<=[a-z])_(?=[A-Z])")
_DENIAL = "not "


class Vocabulary:
    """The candidates of each class. With *adds* a proposed one that is new is added to its class.

    A class that has components keeps to them and to names the file itself gives; one without any
    may also get the usual systems, where a text speaks of them.
    """

    def __init__(self, register: Register, *, adds: bool) -> None:
        self._register = register
        self._adds = adds
        self._ids: dict[int, dict[str, int]] = {}
        self._candidates: dict[int, tuple[Candidate, ...]] = {}

    def listen(self, told: Iterable[tuple[int, tuple[str, ...]]]) -> None:
        """Hear first what the whole file names, so that the order of its rows does not matter."""
        hints: dict[int, dict[str, None]] = {}
        for class_id, names in told:
            hints.setdefault(class_id, {}).update(dict.fromkeys(names))
        for class_id, heard in hints.items():
            self._candidates[class_id] = self._learn(class_id, tuple(heard))

    def candidates(self, class_id: int) -> tuple[Candidate, ...]:
        """What an order of this class may be about."""
        return self._candidates.get(class_id, ())

    def component_id(self, class_id: int, name: str | None) -> int | None:
        """The component of that name, added when it is new; None for none."""
        if name is None:
            return None
        known = self._ids[class_id]
        if name not in known:
            known[name] = self._register.component(class_id, code_of(name), name)
        return known[name]

    def _learn(self, class_id: int, hints: tuple[str, ...]) -> tuple[Candidate, ...]:
        rows = self._register.session.execute(
            sa.select(Component.id, Component.name, Component.code)
            .where(Component.equipment_class_id == class_id)
            .order_by(Component.id)
        ).all()
        self._ids[class_id] = {row.name: row.id for row in rows}
        found = [candidate(row.name, row.code) for row in rows]
        if self._adds:
            wanted = hints if rows else (*hints, *usual_systems())
            for name in wanted:
                if code_of(name) and not _is_among(name, found):
                    found.append(candidate(name))
        return tuple(found)


def names_in(cell: str) -> tuple[str, ...]:
    """The components a cell names: `Engine_Radiator` names two, `Not Trans` denies one."""
    names = (name.strip() for name in _PARTING.split(cell))
    return tuple(name for name in names if name and not name.lower().startswith(_DENIAL))


def _is_among(name: str, found: Iterable[Candidate]) -> bool:
    return any(same_name(name, one.name) for one in found)
