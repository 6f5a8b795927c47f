"""The models and accelerators that ship with the library: TOML files in presets/, one per preset, read on demand."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError, PresetError, Problem, UnknownNameError, quote
from costmodel.model import Model
from costmodel.prices import PriceBook
from costmodel.rates import Rates
from costmodel.spec import Spec

PACKAGE = Path(__file__).parents[1]
# In a wheel the presets lie inside the package; in a checkout or an editable install beside it.
ROOT = PACKAGE / "_presets" if (PACKAGE / "_presets").is_dir() else PACKAGE.parent / "presets"
LARGEST_FILE = 100_000

GENERIC = "generic"
"""Rates whose kernels stand in for those that an accelerator has no measurements of."""

AnySpec = TypeVar("AnySpec", bound=Spec)


def models(collection: str | None = None) -> list[str]:
    """Names of all model presets, or of those in one collection, sorted.

    UnknownNameError lists near matches of an unknown collection.

    >>> len(models(collection="step-3-paper"))
    9
    """
    if collection is None:
        return names("models")
    members = _members(ROOT / "models")
    if collection not in members:
        raise UnknownNameError("collection of models", collection, members)
    return list(members[collection])


def collections() -> list[str]:
    """Names of all collections of model presets, sorted."""
    return sorted(_members(ROOT / "models"))


def find_models(text: str) -> list[str]:
    """Names of the model presets that hold every word of a text in id, name, vendor, family or collections, sorted.

    >>> find_models("qwen 3.5")
    ['qwen3.5-35b-a3b', 'qwen3.5-397b-a17b']
    """
    return [name for name in models() if _holds(text, _words(load_model(name)))]


def find_accelerators(text: str) -> list[str]:
    """Names of the accelerator presets that hold every word of a text in id, name or vendor, sorted.

    >>> find_accelerators("amd 355")
    ['mi355x']
    """
    known = {name: load_accelerator(name) for name in accelerators()}
    return [name for name, each in known.items() if _holds(text, f"{each.id} {each.name} {each.vendor}")]


def _words(model: Model) -> str:
    return " ".join((model.id, model.name, model.vendor, model.family, *model.collections))


def _holds(text: str, known: str) -> bool:
    return all(word in known.lower() for word in text.lower().split())


def accelerators() -> list[str]:
    """Names of all accelerator presets, sorted."""
    return names("accelerators")


def rates_presets() -> list[str]:
    """Names of all rates presets, sorted."""
    return names("rates")


def price_books() -> list[str]:
    """Ids of all price books, sorted."""
    return names("prices")


def price_book_id(name: str) -> str:
    """The id of a price book that is named by its id or its name ("rented for 3 years")."""
    return name.replace(" ", "-")


@lru_cache(maxsize=64)
def load_price_book(name: str) -> PriceBook:
    """The price book of that id or name.

    >>> load_price_book("rented for 3 years").price_of("h200")
    1.6
    """
    return read(PriceBook, find("prices", price_book_id(name)))


def names(folder: str) -> list[str]:
    """Names of the preset files in one folder, sorted; a broken file is listed and only fails when it is loaded."""
    return list(_stems(ROOT / folder))


@lru_cache(maxsize=16)
def _stems(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


@lru_cache(maxsize=16)
def _members(folder: Path) -> dict[str, tuple[str, ...]]:
    """The models of each collection; a file that cannot be read belongs to none and fails when it is loaded."""
    members: dict[str, tuple[str, ...]] = {}
    for stem in _stems(folder):
        try:
            listed = read(Model, folder / f"{stem}.toml").collections
        except PresetError:
            continue
        for collection in listed:
            members[collection] = (*members.get(collection, ()), stem)
    return members


@lru_cache(maxsize=256)
def load_model(name: str) -> Model:
    """The model preset of that name. UnknownNameError lists near matches; PresetError says what a file breaks.

    >>> load_model("step-3").arithmetic_intensity
    128.0
    """
    return read(Model, find("models", name))


@lru_cache(maxsize=256)
def load_accelerator(name: str) -> Accelerator:
    """The accelerator preset of that name.

    >>> round(load_accelerator("h800").ridge())
    591
    """
    return read(Accelerator, find("accelerators", name))


@lru_cache(maxsize=256)
def load_rates(name: str, *, strict: bool = False) -> Rates:
    """The measured rates of that name; IDEAL is not a preset, it is `costmodel.IDEAL`.

    Kernels that were not measured on an accelerator are those of `generic`, marked as borrowed. `strict` leaves all
    borrowed ones out, and needing one raises DomainError.

    >>> load_rates("h800-shares").words()
    'attention core 90 %, GEMM 64 %, network 82 %'
    >>> [kernel.borrowed for kernel in load_rates("h20").kernels_for("dense", bits=16, compute_bits=16)]
    ['H100 SXM']
    """
    own = read(Rates, find("rates", name))
    if not own.kernels:
        return own
    if strict:
        return own.measured_only()
    return own.filled(read(Rates, find("rates", GENERIC)))


def _nothing(data: dict[str, Any]) -> dict[str, None]:
    """Fields that a file says are not known, which it must not give as well."""
    listed = data.pop("unknown", [])
    if not isinstance(listed, list) or not all(isinstance(name, str) and name not in data for name in listed):
        raise DomainError(Problem("unknown", f"{quote(listed)} is not a list of fields that are left out"))
    return dict.fromkeys(listed)


def find(folder: str, name: str) -> Path:
    """The file of a preset; only listed names are looked up, so no name can leave the folder."""
    known = names(folder)
    if name not in known:
        raise UnknownNameError(f"{folder.removesuffix('s')} preset", name, known)
    return ROOT / folder / f"{name}.toml"


def read(kind: type[AnySpec], path: Path) -> AnySpec:
    """A spec from a TOML file whose `id` is its file name; PresetError names file, field, value and what is allowed.

    TOML has no word for nothing: `unknown` lists the fields whose value is not known.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise PresetError(f"file is larger than {LARGEST_FILE:,} bytes").at(path.name)
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return kind(**{"id": path.stem, **_nothing(data), **data})
    except DomainError as error:
        raise PresetError(error.problems).at(path.name) from None
    # ValueError: no TOML, no UTF-8, or a number of thousands of digits. RecursionError: brackets nested as deeply.
    except (OSError, ValueError, RecursionError) as error:
        raise PresetError(f"cannot be read: {error}").at(path.name) from None
