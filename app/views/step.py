"""The step diagram: where the time of one decode step goes, for any model, accelerator and placement."""

import streamlit as st

from app import session
from app.charts import step_stack
from app.views import why
from app.views.layout import chart_card
from app.views.tables import MISSING, Numbers, table, whole
from app.wording import digits, duration, percent, plain, si, tokens, verbatim
from costmodel import (
    CONTEXTS,
    IDEAL,
    Accelerator,
    Colocated,
    DomainError,
    Model,
    Placement,
    Rates,
    Scenario,
    StepPart,
    accelerators,
    colocated,
    explain_step,
    in_one_server,
    kernel_rates,
    load_accelerator,
    load_model,
    models,
    step_parts,
)

OWN = "own"
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
OVERLAPS = {"none": "None", "two-batch": "Two batches", "shared": "Shared expert"}
RANKS = {
    "tensor": ("Tensor parallel", "tensor_parallel"),
    "data": ("Data parallel", "data_parallel"),
    "expert": ("Expert parallel", "expert_parallel"),
}
"""Settings of the page: label of the menu, and the field of the placement."""

HELP = {
    "context": "Cached tokens that a request sees.",
    "overlap": "None: communication follows computation. Two batches: one half computes while the other is on the "
    "network, and weights are read twice. Shared expert: combine is hidden behind it.",
    "prefill": "Prompt tokens computed in every step per output token, as engines do that mix both.",
    "batch": "Requests of one attention rank.",
    "tensor": "Accelerators that share the heads of one request.",
    "data": "Attention ranks with requests of their own.",
    "expert": "Accelerators, or groups of them, that the routed experts are divided over.",
}

SNIPPET = """import costmodel as cm

scenario = cm.from_query("{query}").scenario
model = {model}
accelerator = {accelerator}
run = cm.colocated(
    model,
    accelerator,
    placement=cm.Placement({placement}),
    batch={batch},
    workload=scenario.workload.replace(context={context}),
    sla=scenario.sla,
    rates=cm.kernel_rates(accelerator),
    prefill_share={prefill},
)
for part in cm.step_parts(run):
    print(f"{{part.label}}: {{part.seconds * 1e3:.3f}} ms, set by {{part.bound}}")
print(f"{{run.tpot * 1e3:.3f}} ms per token, {{run.tokens_per_second_per_gpu:.1f}} tokens/s per accelerator")
"""

PREFILL = {"0": "None", "0.125": "1 per 8", "1": "1 per 1", "8": "8 per 1"}


def draw() -> None:
    """Controls, the numbers of the step, the diagram, its kernel calls, and the formulas."""
    st.header("Where does the time of one decode step go?", anchor=False)
    scenario = session.scenario()
    asked = _chosen(scenario)
    own = {each.id: each for each in scenario.accelerators}
    model = scenario.model if asked["model"] == OWN else load_model(asked["model"])
    accelerator = own.get(asked["on"]) or load_accelerator(asked["on"])
    asked |= _asked(scenario, model, accelerator)
    try:
        run, ideal = (_run(scenario, model, accelerator, asked, rates) for rates in (kernel_rates(accelerator), IDEAL))
    except DomainError as error:
        st.error(plain(f"This placement cannot run. {error}"), icon=":material/block:")
        return
    parts = step_parts(run)
    with st.container():
        _numbers(run, ideal)
    drawn, said = step_stack.chart(session.theme(), parts), step_stack.in_words(parts)
    chart_card(step_stack.TITLE, step_stack.CAPTION, drawn, "step", said)
    _calls(parts)
    why.explained(explain_step(run), "truth")
    _python(scenario, asked)


def _chosen(scenario: Scenario) -> dict[str, str]:
    """The model and the accelerator of the step: those of the scenario, or any preset."""
    listed = {OWN: f"{verbatim(scenario.model.name)} (this scenario)"}
    listed |= {name: load_model(name).name for name in models()}
    on = {each.id: verbatim(each.name) for each in scenario.accelerators}
    on |= {name: load_accelerator(name).name for name in accelerators() if name not in on}
    with st.grid(2, min_column_width=250):
        return {
            "model": session.page_choice("truth.model", "Model of the step", listed, "The scenario's, or any preset."),
            "on": session.page_choice("truth.on", "Accelerator of the step", on, "Any one; kernels may be borrowed."),
        }


def _asked(scenario: Scenario, model: Model, accelerator: Accelerator) -> dict[str, str]:
    """What the menus say, as it stands in a link."""
    usual = scenario.placement or in_one_server(model, accelerator.accelerators_per_server)
    now = scenario.workload.context
    contexts = {str(each): tokens(each) for each in sorted({*CONTEXTS[::4], now})}
    fields = Placement.quantities()
    asked = {}
    with st.grid(7, min_column_width=125):
        asked["context"] = session.page_choice("truth.context", "Context", contexts, HELP["context"], str(now))
        asked["batch"] = _number("batch", "Batch", BATCHES, 64)
        for name, (label, field) in RANKS.items():
            stops = getattr(fields[field], "stops", ())
            asked[name] = _number(name, label, stops, int(getattr(usual, field)))
        asked["overlap"] = session.page_choice("truth.overlap", "Overlap", OVERLAPS, HELP["overlap"], usual.overlap)
        asked["prefill"] = session.page_choice("truth.prefill", "Prefill mixed in", PREFILL, HELP["prefill"])
    return asked


def _number(name: str, label: str, stops: tuple[int, ...], usual: int) -> str:
    options = {str(each): f"{each:,}" for each in sorted({*stops, usual})}
    return session.page_choice(f"truth.{name}", label, options, HELP[name], str(usual))


def _run(scenario: Scenario, model: Model, accelerator: Accelerator, asked: dict[str, str], rates: Rates) -> Colocated:
    placement = Placement(overlap=asked["overlap"], **{field: int(asked[name]) for name, (_, field) in RANKS.items()})
    return colocated(
        model,
        accelerator,
        placement=placement,
        batch=int(asked["batch"]),
        workload=scenario.workload.replace(context=int(asked["context"])),
        sla=scenario.sla,
        rates=rates,
        prefill_share=float(asked["prefill"]),
    )


def _numbers(run: Colocated, ideal: Colocated) -> None:
    """Time, output and their band, memory, and what is borrowed or assumed."""
    low, high = run.band or (1.0, 1.0)
    output = run.tokens_per_second_per_gpu
    used = run.memory.used / run.memory.capacity
    with st.grid(4, min_column_width=170):
        _metric(
            "Time per output token",
            duration(run.tpot),
            f"{duration(run.tpot / high)} to {duration(run.tpot / low)} measured",
        )
        _metric("Tokens/s per accelerator", f"{output:,.0f}", f"{output * low:,.0f} to {output * high:,.0f} measured")
        _metric("At peak rates", duration(ideal.tpot), "per token: the roofline, without fixed times")
        _metric("Memory", percent(used), f"of {si(run.memory.capacity, 'B')} on each accelerator")
    if used > 1:
        st.warning(plain(f"These requests do not fit in memory. {run.reason}"), icon=":material/memory:")
    st.caption("Four of five measured deployments lay within the range; it is wider where kernels are borrowed.")
    st.caption("  \n".join(plain(f"{note[0].upper()}{note[1:]}.") for note in run.notes))


def _metric(label: str, shown: str, below: str) -> None:
    with st.container(border=True, height="stretch", gap="xxsmall"):
        st.metric(label, shown)
        st.caption(below)


def _calls(parts: tuple[StepPart, ...]) -> None:
    """Every kernel call of the step, equal ones together."""
    calls = [(part, call) for part in parts for call in part.calls]
    with st.expander("Kernel calls of the step", icon=":material/list:"):
        table(
            {
                "Part": [part.label for part, _ in calls],
                "Kernel": [f"{call.kernel.label}: {call.kernel.name}" for _, call in calls],
                "Calls": Numbers([call.count for _, call in calls], whole),
                "One call": Numbers([call.seconds for _, call in calls], duration),
                "All": Numbers([call.total for _, call in calls], duration),
                "Set by": [call.bound for _, call in calls],
                "Fixed": Numbers([call.fixed for _, call in calls], duration),
                "Memory": Numbers([call.memory for _, call in calls], duration),
                "Compute": Numbers([call.compute for _, call in calls], duration),
                "Rows": Numbers([float(call.work.rows) for _, call in calls], digits),
                "Bytes": Numbers([float(call.work.moved) for _, call in calls], lambda value: si(value, "B")),
                "FLOPs": Numbers([float(call.work.flops) for _, call in calls], lambda value: si(value, "FLOP")),
                "Borrowed from": [call.kernel.borrowed or MISSING for _, call in calls],
            },
            "step calls",
        )


def _python(scenario: Scenario, asked: dict[str, str]) -> None:
    """The same step in Python."""
    with st.expander("The same step in Python", icon=":material/code:"):
        st.code(python(scenario, asked), language="python")


def python(scenario: Scenario, asked: dict[str, str]) -> str:
    """The code of a step with these settings."""
    own = {each.id for each in scenario.accelerators}
    on = asked["on"]
    listed = f'next(each for each in scenario.accelerators if each.id == "{on}")'
    ranks = ", ".join(f"{field}={asked[name]}" for name, (_, field) in RANKS.items())
    return SNIPPET.format(
        query=session.query(),
        model="scenario.model" if asked["model"] == OWN else f'cm.load_model("{asked["model"]}")',
        accelerator=listed if on in own else f'cm.load_accelerator("{on}")',
        placement=f'{ranks}, overlap="{asked["overlap"]}"',
        batch=asked["batch"],
        context=asked["context"],
        prefill=asked["prefill"],
    )
