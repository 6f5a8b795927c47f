"""A trace: arrivals and hits over its course, and the spread of lengths."""

import altair as alt

from app.charts.context import TICK_LABEL
from app.charts.theme import ROWS, Rows, Spec, Theme, filled
from app.wording import percent, tokens
from costmodel import LENGTH_EDGES, TraceProfile

ARRIVALS = "Requests of each twenty-fourth of the trace, which stands for an hour of the day"
LENGTHS = "Share of requests by length, two classes to the octave"
HITS = "Share of prompt tokens found in the prefix cache, by hour"
HEIGHT = 260
HOURS = list(range(0, 25, 3))


def hour_rows(profile: TraceProfile, values: str) -> Rows:
    """One row for each hour: requests, or hit rate where there were any."""
    hits = profile.hit_rate
    table: Rows = []
    for hour, requests in enumerate(profile.requests.tolist()):
        share = 0.0 if hits is None or not requests else float(hits[hour])
        value = float(requests) if values == "arrivals" else share
        shown = f"{requests:,} requests" if values == "arrivals" else percent(share)
        table.append({"hour": hour, "until": hour + 1, "value": value, "shown": shown, "when": f"{hour:02d}:00"})
    return table


def length_rows(profile: TraceProfile) -> Rows:
    """One row for each kind and class of length that holds requests."""
    table: Rows = []
    for kind, counts in (("prompt", profile.prompts), ("output", profile.outputs)):
        total = float(counts.sum())
        for place, count in enumerate(counts.tolist()):
            low, high = float(LENGTH_EDGES[place]), float(LENGTH_EDGES[place + 1])
            if count:
                words = f"{low:,.0f} to {high:,.0f} tokens: {percent(count / total)}"
                table.append({"kind": kind, "low": low, "high": high, "share": count / total, "shown": words})
    return table


def _hours(theme: Theme, title: str, form: str) -> alt.TopLevelMixin:
    bars: alt.Chart = (
        alt.Chart(alt.NamedData(ROWS))
        .mark_bar(color=theme.accent)
        .encode(
            x=alt.X(
                "hour:Q",
                title="Hour of the day",
                scale=alt.Scale(domain=[0, 24], nice=False),
                axis=alt.Axis(values=HOURS, grid=False),
            ),
            x2="until:Q",
            y=alt.Y("value:Q", title=title, axis=alt.Axis(format=form, tickCount=5)),
            # Bars over a span of x float at their value unless their foot is given.
            y2=alt.datum(0),
            tooltip=[alt.Tooltip("when:N", title="From"), alt.Tooltip("shown:N", title=title)],
        )
        .properties(width="container", height=HEIGHT)
    )
    return bars


def build_arrivals(theme: Theme) -> alt.TopLevelMixin:
    """Bars of requests by hour."""
    return _hours(theme, "Requests", "~s")


def build_hits(theme: Theme) -> alt.TopLevelMixin:
    """Bars of the hit rate by hour."""
    return _hours(theme, "Hit rate", ".0%")


def build_lengths(theme: Theme) -> alt.TopLevelMixin:
    """Two histograms over a log axis."""
    kinds = ["prompt", "output"]
    bars: alt.Chart = (
        alt.Chart(alt.NamedData(ROWS))
        .mark_bar(opacity=0.65)
        .encode(
            x=alt.X(
                "low:Q",
                title="Length (tokens)",
                scale=alt.Scale(type="log", base=2, nice=False),
                axis=alt.Axis(
                    values=[2**power for power in range(0, 24, 2)],
                    labelExpr=f"datum.value < 1024 ? format(datum.value, '~g') : {TICK_LABEL}",
                    grid=False,
                ),
            ),
            x2="high:Q",
            y=alt.Y("share:Q", stack=None, title="Share of requests", axis=alt.Axis(format=".0%", tickCount=5)),
            y2=alt.datum(0),
            color=alt.Color(
                "kind:N",
                sort=kinds,
                scale=alt.Scale(domain=kinds, range=[theme.linear, theme.core]),
                legend=alt.Legend(orient="top", title=None, symbolType="square"),
            ),
            tooltip=[alt.Tooltip("kind:N", title="Kind"), alt.Tooltip("shown:N", title="Class")],
        )
        .properties(width="container", height=HEIGHT)
    )
    return bars


def chart(theme: str, profile: TraceProfile, view: str) -> Spec:
    """The filled chart of "arrivals", "lengths" or "hits"."""
    if view == "lengths":
        return filled(build_lengths, theme, length_rows(profile))
    return filled(build_arrivals if view == "arrivals" else build_hits, theme, hour_rows(profile, view))


def summary(profile: TraceProfile) -> str:
    """The trace in one sentence."""
    hits = profile.total_hit_rate
    known = "the trace does not say how much is cached" if hits is None else f"{percent(hits)} of the prompts cached"
    return (
        f"{int(profile.requests.sum()):,} requests, mean prompt {tokens(round(profile.mean_prompt))} and output "
        f"{tokens(round(profile.mean_output))} tokens, {known}."
    )


def in_words(profile: TraceProfile, view: str) -> str:
    """The lowest and the highest bar."""
    value = "share" if view == "lengths" else "value"
    drawn = sorted(length_rows(profile) if view == "lengths" else hour_rows(profile, view), key=lambda row: row[value])
    ends = (f"{row.get('when', row.get('kind'))}: {row['shown']}" for row in (drawn[0], drawn[-1]))
    return "Lowest {}, highest {}.".format(*ends)
