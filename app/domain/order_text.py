"""What the short text of a work order says: which component, what became of the function.

Rules without a memory: the same text gets the same proposal. They propose, a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.domain import order_words as words
from app.domain.activities import Activity
from app.domain.work_orders import Function, OrderType

Stems = tuple[str, ...]
_TOKEN = re.compile(r"[a-z0-9]+(?:[/'\N{RIGHT SINGLE QUOTATION MARK}][a-z0-9]+)*", re.IGNORECASE)
_SHORT = 4

# What a hit weighs in the choice of a component.
_WHOLE_NAME, _NAME_WORD, _STRONG, _WEAK, _HINT, _LATER = 1.2, 0.6, 0.8, 0.45, 0.7, 0.05
_DOUBT, _RIVAL = 0.3, 0.5
# A suspension suggested by whoever prepared the file, against what the words say.
_SUSPENSION = 0.8
_ABOUT_A_FAULT = 0.5
_UNKNOWN_PART = 0.5
_AROUND = 0.75
_NOTHING_SAID = 0.2


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text: where it stands, and the stems it is read as (an abbreviation: more)."""

    text: str
    stems: Stems


@dataclass(frozen=True, slots=True)
class Candidate:
    """A component a text may speak of, with the phrases that point at it and their weights."""

    name: str
    phrases: Mapping[Stems, float]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a text seems to say. `component` is a candidate's name; None when none fits."""

    component: str | None
    function: Function
    confidence: float
    evidence: str


def propose(
    text: str,
    *,
    candidates: Sequence[Candidate],
    kind: OrderType,
    hints: Sequence[str] = (),
    around: Sequence[str] = (),
    is_suspension: bool = False,
) -> Proposal:
    """Return the most likely component and function.

    *hints* are what the file itself says about the component (names, the surest first); a
    candidate of that name is preferred, the text decides between several. *around* (a part, a
    place) is asked when the text names no component. A text that is only half understood is as
    uncertain as its weaker half.
    """
    found = read(text)
    component, sure_of_it, named = _component(found, candidates, hints)
    for other in around if component is None else ():
        component, sure_of_it, _ = _component(read(other), candidates, ())
        if component is not None:
            sure_of_it *= _AROUND
            break
    function, sure, told = _function(found, kind, is_suspension)
    weakest = min(sure, sure_of_it) if component else sure * _UNKNOWN_PART
    evidence = " ".join(dict.fromkeys(word.lower() for word in (*named, *told)))
    return Proposal(component, function, round(weakest, 2), evidence)


def candidate(name: str, code: str = "") -> Candidate:
    """A component of a class; it is also found by the words of a system of like name."""
    phrases: dict[Stems, float] = {}
    for label in (name, code):
        stems = _significant(label)
        if stems:
            single = [(stem,) for stem in stems if stem not in _stems(words.VAGUE)]
            phrases |= dict.fromkeys(single, _NAME_WORD)
            phrases[stems] = _WHOLE_NAME
    for system, (strong, weak) in words.SYSTEMS.items():
        if set(_significant(system)) & set(_significant(name)):
            share = 1.0 if same_name(system, name) else 0.5
            _add(phrases, strong, _STRONG * share)
            _add(phrases, weak, _WEAK * share)
    if any(same_name(carrier, name) for carrier in words.CARRIERS):
        phrases = {phrase: weight * words.ON_A_CARRIER for phrase, weight in phrases.items()}
    return Candidate(name, phrases)


def usual_systems() -> tuple[str, ...]:
    """Names for components that a class does not have yet."""
    return tuple(name for name in words.SYSTEMS if name not in words.HOUSEHOLD)


def same_name(one: str, other: str) -> bool:
    """Whether two names of a component mean the same: `Turbochargers`, `turbo charger`."""
    return "".join(_significant(one)) == "".join(_significant(other)) != ""


def type_of(code: str, own: Mapping[str, OrderType] | None = None) -> OrderType:
    """The order type of a code; what nobody knows is corrective."""
    known = {key.lower(): kind for key, kind in (own or {}).items()}
    return {**words.TYPES, **known}.get(code.strip().lower(), OrderType.CORRECTIVE)


def failure_mode(text: str) -> str:
    """The ISO 14224 failure mode the words speak of; UNK when they do not say."""
    stems = _flat(read(text))
    for phrase, mode in words.MODES.items():
        if _says(stems, _stems(phrase)):
            return mode
    return "UNK"


def renewal(text: str, component: str) -> Activity | None:
    """The activity that made *component* new, None when only a part of it was changed."""
    stems = _flat(read(text))
    small = {_stems(part) for part in words.SMALL_PARTS.split(", ")}
    named = {(stem,) for stem in _significant(component)}
    is_small = any(_says(stems, part) for part in small - named)
    if is_small or not all(_says(stems, word) for word in named):
        return None
    done = (act for name, act in words.RENEWALS.items() if _says(stems, _stems(name)))
    return next(done, None)


def marked(text: str, evidence: str) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is one of the words of the evidence."""
    wanted = set(evidence.split())
    pieces: list[tuple[str, bool]] = []
    end = 0
    for hit in _TOKEN.finditer(text):
        if hit[0].lower() in wanted:
            pieces += [(text[end : hit.start()], False), (hit[0], True)]
            end = hit.end()
    pieces.append((text[end:], False))
    return [(piece, is_hit) for piece, is_hit in pieces if piece]


def read(text: str) -> list[Word]:
    """The words of a text, each with its stems."""
    return [Word(hit[0], _meaning(hit[0].lower())) for hit in _TOKEN.finditer(text)]


def _component(
    found: Sequence[Word], candidates: Sequence[Candidate], hints: Sequence[str]
) -> tuple[str | None, float, list[str]]:
    """The best candidate, how sure that is, and the words that spoke for it."""
    scored = sorted((_score(found, one, hints) for one in candidates), key=lambda score: -score[0])
    if not scored or scored[0][0] <= 0:
        return None, 0.0, []
    best, name, spoken = scored[0]
    second = scored[1][0] if len(scored) > 1 else 0.0
    return name, best / (best + _RIVAL * second + _DOUBT), spoken


def _score(
    found: Sequence[Word], one: Candidate, hints: Sequence[str]
) -> tuple[float, str, list[str]]:
    """The weight of its phrases in the text, longer ones first, no word counted twice."""
    stems, owners = _flat(found), _owners(found)
    used: set[int] = set()
    total = _HINT / (1 + _place_of(one.name, hints)) if _hinted(one.name, hints) else 0.0
    present = set(stems)
    likely = [(phrase, weight) for phrase, weight in one.phrases.items() if phrase[0] in present]
    for phrase, weight in sorted(likely, key=lambda item: (-len(item[0]), -item[1])):
        for start in _places(stems, phrase):
            places = set(range(start, start + len(phrase)))
            if not places & used:
                used |= places
                # English names the thing last: in `bucket cylinder hose` it is the hose.
                total += weight + _LATER * start / len(stems)
    return total, one.name, [found[owners[place]].text for place in sorted(used)]


def _function(
    found: Sequence[Word], kind: OrderType, is_suspension: bool
) -> tuple[Function, float, list[str]]:
    """What became of the function, how sure that is, and the words that say so."""
    stems, owners = _flat(found), _owners(found)
    doubts = dict.fromkeys(Function, 1.0)
    spoken: dict[Function, set[int]] = {function: set() for function in Function}
    for function, phrase, weight in _signs():
        for start in _places(stems, phrase):
            places = set(range(start, start + len(phrase)))
            if not places & spoken[function]:
                doubts[function] *= 1 - weight
                spoken[function] |= places
    is_fault = doubts[Function.LOST] * doubts[Function.DEGRADED] < 1
    if is_fault and kind not in words.PLANNED_TYPES:
        # `Radiator blocked, wash out`: what was done about a fault does not make it planned.
        doubts[Function.NONE] = 1 - (1 - doubts[Function.NONE]) * _ABOUT_A_FAULT
    doubts[Function.NONE] *= 1 - words.PLANNED_TYPES.get(kind, 0.0)
    if is_suspension:
        return Function.NONE, max(_SUSPENSION, 1 - doubts[Function.NONE]), []
    said = {function: 1 - doubt for function, doubt in doubts.items()}
    if not any(said.values()):
        return _unsaid(stems, found, owners)
    chosen = max(said, key=lambda function: said[function])
    rival = max(value for function, value in said.items() if function is not chosen)
    told = [found[owners[place]].text for place in sorted(spoken[chosen])]
    return chosen, said[chosen] * (1 - _RIVAL * rival), told


def _unsaid(
    stems: Sequence[str], found: Sequence[Word], owners: Sequence[int]
) -> tuple[Function, float, list[str]]:
    """Nothing about the function: a remedy lets one suspect a fault, else there is none."""
    remedies = {_stems(remedy) for remedy in words.REMEDIES.split(", ")}
    places = [start for remedy in remedies for start in _places(stems, remedy)]
    if not places:
        return Function.NONE, _NOTHING_SAID, []
    told = [found[owners[place]].text for place in sorted(places)]
    return Function.DEGRADED, words.REMEDY_ONLY, told


@lru_cache(maxsize=1)
def _signs() -> tuple[tuple[Function, Stems, float], ...]:
    """Every sign, the longest phrases first, so that `not working` is read before `not`."""
    signs = [
        (function, _stems(phrase), weight)
        for function, phrases in words.SIGNS.items()
        for phrase, weight in phrases.items()
    ]
    return tuple(sorted(signs, key=lambda sign: (-len(sign[1]), -sign[2])))


def _add(phrases: dict[Stems, float], listed: str, weight: float) -> None:
    for phrase in filter(None, listed.split(", ")):
        stems = _stems(phrase)
        phrases[stems] = max(weight, phrases.get(stems, 0.0))


def _hinted(name: str, hints: Sequence[str]) -> bool:
    return any(same_name(name, hint) for hint in hints)


def _place_of(name: str, hints: Sequence[str]) -> float:
    """0 for a hint of the first choice; later ones count a little less."""
    return next(0.1 * place for place, hint in enumerate(hints) if same_name(name, hint))


@lru_cache(maxsize=4_096)
def _significant(name: str) -> Stems:
    return tuple(stem for stem in _stems(name) if stem not in _stems(words.EMPTY))


@lru_cache(maxsize=4_096)
def _stems(phrase: str) -> Stems:
    return tuple(_flat(read(phrase)))


def _flat(found: Iterable[Word]) -> list[str]:
    return [stem for word in found for stem in word.stems]


def _owners(found: Sequence[Word]) -> list[int]:
    """For each stem the place of the word it came from."""
    return [place for place, word in enumerate(found) for _ in word.stems]


def _says(stems: Sequence[str], phrase: Stems) -> bool:
    return next(_places(stems, phrase), None) is not None


def _places(stems: Sequence[str], phrase: Stems) -> Iterator[int]:
    """Where a phrase begins in the text."""
    length = len(phrase)
    return (
        start
        for start in range(len(stems) - length + 1)
        if tuple(stems[start : start + length]) == phrase
    )


@lru_cache(maxsize=16_384)
def _meaning(token: str) -> Stems:
    token = token.replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
    meant = words.ABBREVIATIONS.get(token)
    if meant is not None:
        return tuple(_stem(word) for word in meant.split())
    return tuple(_stem(word) for word in token.split("/"))


def _stem(word: str) -> str:
    """A word without its endings, well enough to let `leaking` meet `leaks`."""
    if len(word) <= _SHORT and not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORT - 1:
            return word[: -len(ending)].rstrip("e")
    if word.endswith("s") and not word.endswith("ss") and len(word) > _SHORT - 1:
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > _SHORT else word
