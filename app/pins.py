"""Designs pinned for comparison, kept in the URL beside the Scenario."""

from app import session
from costmodel import (
    DESIGNS_PARAMETER,
    LONGEST_SETTING,
    MOST_DESIGNS,
    Problem,
    Scenario,
    design_name,
    read_designs,
    write_designs,
)


def designs(scenario: Scenario) -> tuple[dict[str, Scenario], list[Problem]]:
    """The pinned designs by name, each under the settings of `scenario`, and what could not be read."""
    return read_designs(session.get_page(DESIGNS_PARAMETER), scenario)


def pin(scenario: Scenario) -> str:
    """Add the scenario's design to the pinned ones; the same design twice stays once. Returns its name there."""
    pinned = designs(scenario)[0]
    for name, other in pinned.items():
        if other.model == scenario.model:
            return name
    _keep([*pinned.values(), scenario])
    return design_name(scenario, pinned)


def keep_only(names: list[str], scenario: Scenario) -> None:
    """Unpin every design that is not named."""
    _keep([design for name, design in designs(scenario)[0].items() if name in names])


def _keep(kept: list[Scenario]) -> None:
    """Write designs into the URL: the newest, as many as a link that is opened again may list."""
    listed = kept[-MOST_DESIGNS:]
    while len(write_designs(listed)) > LONGEST_SETTING:
        listed = listed[1:]
    session.set_page(DESIGNS_PARAMETER, write_designs(listed))
