"""Hourly cost of an owned accelerator: capital recovery, upkeep, electricity, hosting; break-even with renting."""

from dataclasses import dataclass

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.checks import check_range
from costmodel.errors import DomainError, Problem
from costmodel.scenario import Scenario
from costmodel.units import SECONDS_PER_HOUR, Numeric

HOURS_PER_YEAR = 8760
MONTHS_PER_YEAR = 12
WATTS_PER_KILOWATT = 1000


@dataclass(frozen=True)
class OwnedPrice:
    """USD per accelerator-hour of ownership, term by term; `usd_per_hour` is their sum. `capex` is in USD.

    Only electricity stops when the accelerator is switched off; the other terms run all year. Renting is compared at
    the price of `accelerator` unless a rent is given.
    """

    accelerator: Accelerator
    capex: Numeric
    capital: Numeric
    upkeep: Numeric
    electricity: Numeric
    hosting: Numeric
    staff: Numeric

    @property
    def usd_per_hour(self) -> Numeric:
        """Sum of all terms [USD/h], for an accelerator that is on all year."""
        return self.standing + self.electricity

    @property
    def standing(self) -> Numeric:
        """The terms that do not depend on use [USD/h of the year]."""
        return self.capital + self.upkeep + self.hosting + self.staff

    def at_utilization(self, utilization: Numeric) -> Numeric:
        """USD per useful hour: the whole year's cost over the share of it in use."""
        return self.usd_per_hour / check_range("utilization", utilization, 0, 1, above=True)

    def break_even_hours(self, rent: Numeric | None = None) -> Numeric:
        """Hours of use per year from which owning is cheaper than renting at `rent` [USD/h].

        Above 8,760 owning never pays; infinite where rent does not even cover the electricity.
        """
        saved = self._rent(rent) - self.electricity
        with np.errstate(divide="ignore"):
            hours = self.standing * HOURS_PER_YEAR / np.maximum(saved, 0.0)
        return hours if np.ndim(hours) else float(hours)

    def break_even_tokens(self, tokens_per_second: Numeric, rent: Numeric | None = None) -> Numeric:
        """Tokens per month and accelerator from which owning is cheaper than renting by the hour."""
        check_range("tokens_per_second", tokens_per_second, 0, above=True)
        return self.break_even_hours(rent) / MONTHS_PER_YEAR * SECONDS_PER_HOUR * tokens_per_second

    def months_to_pay_back(self, rent: Numeric | None = None, hours_per_year: Numeric = HOURS_PER_YEAR) -> Numeric:
        """Months until the rent not paid has returned the capital, interest left out; infinite where it never does."""
        hours = check_range("hours_per_year", hours_per_year, 0, HOURS_PER_YEAR, above=True)
        saved = (self._rent(rent) - self.electricity) * hours
        running = (self.upkeep + self.hosting + self.staff) * HOURS_PER_YEAR
        with np.errstate(divide="ignore"):
            months = self.capex * MONTHS_PER_YEAR / np.maximum(saved - running, 0.0)
        return months if np.ndim(months) else float(months)

    def _rent(self, rent: Numeric | None) -> Numeric:
        return self.accelerator.price() if rent is None else check_range("rent", rent, 0, above=True)


def capital_recovery(interest: Numeric, years: Numeric) -> Numeric:
    """Share of the capital paid per year so that it is repaid with interest after `years`: r / (1 - (1 + r)^-n).

    >>> round(capital_recovery(0.10, 4), 5), capital_recovery(0.0, 4)
    (0.31547, 0.25)
    """
    check_range("interest", interest, 0, 1)
    check_range("years", years, 0, 100, above=True)
    flat = np.asarray(interest) == 0
    rate = np.where(flat, 1.0, interest)
    share = np.where(flat, 1 / np.asarray(years, dtype=float), rate / (1 - (1 + rate) ** -np.asarray(years, float)))
    return share if share.ndim else float(share)


def owned_prices(scenario: Scenario) -> dict[str, OwnedPrice]:
    """Ownership of every accelerator of a scenario whose purchase price and TDP are set, by id."""
    owning, service = scenario.ownership, scenario.service
    return {
        each.id: owned_price(
            each,
            kilowatts=(each.tdp_watts + service.host_watts) / WATTS_PER_KILOWATT,
            years=owning.years,
            interest=owning.interest,
            resale=owning.resale,
            upkeep=owning.upkeep,
            pue=service.pue,
            usd_per_kwh=service.usd_per_kwh,
            hosting_usd_per_kw_month=owning.hosting,
        )
        for each in scenario.accelerators
        if each.capex_usd is not None and each.tdp_watts is not None
    }


def owned_price(
    accelerator: Accelerator,
    *,
    capex: Numeric | None = None,
    kilowatts: Numeric | None = None,
    years: Numeric = 4.0,
    interest: Numeric = 0.10,
    resale: Numeric = 0.10,
    upkeep: Numeric = 0.03,
    pue: Numeric = 1.25,
    usd_per_kwh: Numeric = 0.08,
    hosting_usd_per_kw_month: Numeric = 150.0,
    staff_usd_per_hour: Numeric = 0.0,
) -> OwnedPrice:
    """USD per accelerator-hour of ownership.

    `capex` is the accelerator with its share of server, network and installation [USD], its own unless given; `resale`
    the share of it returned after `years`; `upkeep` maintenance and insurance per year as a share of it; `kilowatts`
    the IT power of one accelerator with its share of the host, before `pue`: its TDP unless given. Numbers and arrays
    pass alike.

    >>> from costmodel import load_accelerator
    >>> price = owned_price(load_accelerator("h800"), capex=42_000, kilowatts=1.3)
    >>> [round(term, 3) for term in (price.capital, price.electricity, price.hosting, price.upkeep)]
    [1.409, 0.13, 0.267, 0.144]
    >>> round(price.usd_per_hour, 3)
    1.95
    """
    if capex is None:
        if accelerator.capex_usd is None:
            raise DomainError(Problem("capex", f"is missing; no purchase price of {accelerator.name} is set"))
        capex = accelerator.capex_usd
    check_range("capex", capex, 0, above=True)
    if kilowatts is None:
        if accelerator.tdp_watts is None:
            reason = f"is missing; no TDP is known for {accelerator.name}"
            raise DomainError(Problem("kilowatts", reason, accelerator.id))
        kilowatts = accelerator.tdp_watts / WATTS_PER_KILOWATT
    check_range("kilowatts", kilowatts, 0, 1000)
    check_range("resale", resale, 0, 1)
    check_range("upkeep", upkeep, 0, 1)
    check_range("pue", pue, 1, 10)
    check_range("usd_per_kwh", usd_per_kwh, 0)
    check_range("hosting_usd_per_kw_month", hosting_usd_per_kw_month, 0)
    check_range("staff_usd_per_hour", staff_usd_per_hour, 0)
    recovered = capital_recovery(interest, years)
    present = capex * (1 - resale / (1 + interest) ** years)
    return OwnedPrice(
        accelerator=accelerator,
        capex=capex,
        capital=present * recovered / HOURS_PER_YEAR,
        upkeep=capex * upkeep / HOURS_PER_YEAR,
        electricity=kilowatts * pue * usd_per_kwh,
        hosting=kilowatts * hosting_usd_per_kw_month * MONTHS_PER_YEAR / HOURS_PER_YEAR,
        staff=staff_usd_per_hour,
    )
