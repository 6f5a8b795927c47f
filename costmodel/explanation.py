"""Explanations of headline numbers: formula, and each symbol with its value and unit."""

from dataclasses import dataclass

from costmodel.accelerator import Accelerator
from costmodel.cost import attention_cost, cheapest
from costmodel.scenario import Scenario
from costmodel.sparsity import (
    batch_for_high_mfu,
    sparsest_group,
    sparsity_floors,
    stage_bytes_per_element,
)
from costmodel.units import SECONDS_PER_HOUR, Numeric
from costmodel.work import DecodeWork

USD = "USD/1M tokens"


@dataclass(frozen=True)
class Term:
    """One symbol of a formula: what it stands for, its value, its unit."""

    symbol: str
    meaning: str
    value: Numeric
    unit: str


@dataclass(frozen=True)
class Explanation:
    """A headline: its formula in words and symbols, the terms, the place in the paper, and what is assumed."""

    title: str
    formula: str
    terms: tuple[Term, ...]
    source: str
    assumes: str


def explain(scenario: Scenario) -> list[Explanation]:
    """Explanations of all headline numbers of a scenario, in the order in which a page shows them."""
    return [
        _cost(scenario),
        _kv_bytes(scenario),
        _intensity(scenario),
        _effective_rank(scenario),
        _parameters(scenario),
        _sparsity(scenario),
    ]


def _cost(scenario: Scenario) -> Explanation:
    best = cheapest(scenario).pair
    work = scenario.model.decode_work(scenario.workload)
    attention = attention_cost(work, best.attention_on)
    return Explanation(
        "Cost of 1M tokens with AFD",
        "[ max(core / R_a, kv / W_a) + linear / R_a ] x P_a / 3600 x 1e6 on the attention accelerator a"
        "  +  ffn / R_f x P_f / 3600 x 1e6 on the FFN accelerator f; max and sum for each group of equal layers",
        (
            Term("kv", "cache read per token", work.kv_bytes, "byte"),
            Term("core", "attention scores and values per token", work.core_flops, "FLOP"),
            Term("linear", "attention projections per token", work.linear_flops, "FLOP"),
            Term("ffn", "activated FFN weights per token", work.ffn_flops, "FLOP"),
            _rate("R_a", best.attention_on, int(work.attention[0].compute_bits)),
            Term("W_a", f"{best.attention_on.name}: memory bandwidth", best.attention_on.bandwidth(), "byte/s"),
            _price("P_a", best.attention_on),
            _rate("R_f", best.ffn_on, int(work.ffn[0].compute_bits)),
            _price("P_f", best.ffn_on),
            Term("C_memory", "attention, where memory binds", attention.memory, USD),
            Term("C_core", "attention, where compute binds", attention.core, USD),
            Term("C_linear", "attention projections", attention.linear, USD),
            Term("C_ffn", "FFN", best.ffn, USD),
            Term("C", "sum of the parts", best.total, USD),
        ),
        "sec. 4.2, 4.4; Tables 5 and 6",
        "Ideal peak rates, fully used; prefill, embedding, LM head, router and norms are left out.",
    )


def _rate(symbol: str, accelerator: Accelerator, bits: int) -> Term:
    meaning = f"{accelerator.name}: peak rate in {accelerator.precision(bits)}"
    return Term(symbol, meaning, accelerator.flops_per_second(bits), "FLOP/s")


def _price(symbol: str, accelerator: Accelerator) -> Term:
    unit = f"USD/h, {SECONDS_PER_HOUR} s"
    return Term(symbol, f"{accelerator.name}: price of one accelerator", accelerator.price(), unit)


def _kv_bytes(scenario: Scenario) -> Explanation:
    model, context = scenario.model, scenario.workload.context
    terms: list[Term] = []
    formulas = []
    for index, group in enumerate(model.attention):
        formulas.append(f"{group.layers} layers x {group.formulas.kv}")
        grown, kept, state = group.kv_bytes_per_token(), group.stored_tokens(context), group.state_bytes()
        terms.append(Term(f"grown {index}", f"group {index}: cache per layer and token", grown, "byte"))
        terms.append(Term(f"kept {index}", f"group {index}: tokens kept at this context", kept, "tokens"))
        read = group.read_tokens(context)
        terms.append(Term(f"read {index}", f"group {index}: tokens read for a decoded token", read, "tokens"))
        if group.has_indexer():
            scored = group.indexed_tokens(context)
            terms.append(Term(f"scored {index}", f"group {index}: index keys scored", scored, "tokens"))
        terms.append(Term(f"state {index}", f"group {index}: state per layer that does not grow", state, "byte"))
    terms.append(Term("per token", "cache that one more token adds", model.kv_bytes_per_token, "byte/token"))
    terms.append(Term("per sequence", "cache of one sequence", model.kv_bytes_per_sequence(context), "byte"))
    terms.append(Term("states", "states of one sequence, at any context", model.state_bytes_per_sequence, "byte"))
    return Explanation(
        "KV cache", " + ".join(formulas), tuple(terms), "sec. 4.2; Table 2", "b is KV bits / 8; windows stop growing."
    )


def _intensity(scenario: Scenario) -> Explanation:
    work = scenario.model.decode_work(scenario.workload)
    ridges = [
        Term(accelerator.id, f"ridge of {accelerator.name}", accelerator.ridge(), "FLOP/byte")
        for accelerator in scenario.accelerators
        if accelerator.unknown(8) is None
    ]
    groups = scenario.model.attention
    formulas = " + ".join(group.formulas.core for group in groups)
    indexers = " + ".join(group.formulas.indexer for group in groups if group.has_indexer())
    indexed = f"; index FLOPs per layer and cached token: {indexers}" if indexers else ""
    return Explanation(
        "Attention arithmetic intensity",
        f"core FLOPs / KV bytes; core FLOPs per layer and cached token: {formulas}{indexed}; memory-bound below the "
        "ridge R / W",
        (
            Term("core", "attention scores and values per token", work.core_flops, "FLOP"),
            Term("kv", "cache read per token", work.kv_bytes, "byte"),
            Term("intensity", "core / kv", work.arithmetic_intensity, "FLOP/byte"),
            *_indexer_terms(work),
            *ridges,
        ),
        "sec. 4.3; Table 4, Figure 5",
        "Independent of batch; of context too, where all layers are alike.",
    )


def _indexer_terms(work: DecodeWork) -> tuple[Term, ...]:
    if not work.indexers:
        return ()
    return (
        Term("index core", "scores of the indexers per token", work.index_flops, "FLOP"),
        Term("index kv", "index keys read per token", work.index_bytes, "byte"),
        Term("index intensity", "index core / index kv", work.index_flops / work.index_bytes, "FLOP/byte"),
    )


def _effective_rank(scenario: Scenario) -> Explanation:
    groups = scenario.model.attention
    terms = [
        Term(f"group {i}", f"{g.formulas.rank}, {g.layers} layers", g.effective_rank(), "elements")
        for i, g in enumerate(groups)
    ]
    return Explanation(
        "Effective rank",
        "total width of the query heads of one layer, averaged over the layers",
        (*terms, Term("rank", "average", scenario.model.effective_rank, "elements")),
        "sec. 4.1",
        "A proxy for what the attention can express, not a measure of quality.",
    )


def _parameters(scenario: Scenario) -> Explanation:
    parts = scenario.model.parameters
    return Explanation(
        "Parameters",
        "total = attention + FFN + router + norms + biases + sinks + state + tables + residual + embedding + LM head"
        " + other;  active = attention + active FFN + router + small terms + LM head",
        (
            Term("attention", "projections of all layers", parts.attention, "parameters"),
            Term("FFN", "stored", parts.ffn, "parameters"),
            Term("active FFN", "used by one token", parts.ffn_active, "parameters"),
            Term("router", "chooses experts", parts.router, "parameters"),
            Term("norms", "around and within layers, and at the end", parts.norm, "parameters"),
            Term("biases", "of projections, experts and routers", parts.biases, "parameters"),
            Term("sinks", "attention sinks", parts.sinks, "parameters"),
            Term("state", "decay, step size and convolution of recurrent layers", parts.state, "parameters"),
            Term("tables", "looked up, never multiplied", parts.tables, "parameters"),
            Term("residual", "hyper-connections", parts.residual, "parameters"),
            Term("embedding", "input table", parts.embedding, "parameters"),
            Term("LM head", "output table; 0 when tied", parts.head, "parameters"),
            Term("other", "explained by no mechanism", parts.other, "parameters"),
            Term("total", "stored", parts.total, "parameters"),
            Term("active", "multiplied per token", parts.active, "parameters"),
        ),
        "Table 1",
        "Publishers count activated parameters differently: some add the input table, some leave out the head.",
    )


def _sparsity(scenario: Scenario) -> Explanation:
    model = scenario.model
    carried = stage_bytes_per_element(scenario.sla.stages)
    terms = [
        Term("S", "(top_k + shared) / experts of the sparsest layers", model.sparsity, "1"),
        Term("w", "carried by the busiest network stage per hidden element", carried, "byte"),
        Term("stages", "pipeline depth", scenario.sla.stages, "stages"),
        Term("a", "tokens kept per step", scenario.workload.accepted_length, "tokens"),
    ]
    for accelerator, state in sparsity_floors(scenario):
        floor = state.minimum
        terms.append(Term(f"S_min {accelerator.id}", f"network floor on {accelerator.name}", floor, "1"))
        for index, group in enumerate(model.ffn):
            if group.sparsity() < floor:
                wanted = group.experts_at_sparsity(floor)
                meaning = f"group {index}: routed experts per token that meet the floor of {accelerator.name}"
                terms.append(Term(f"top_k {index} {accelerator.id}", meaning, wanted, "experts"))
        bits = sparsest_group(model)
        batch = batch_for_high_mfu(accelerator, model.sparsity, bits.weight_bits, bits.compute_bits)
        meaning = f"tokens per FFN batch from which {accelerator.name} is compute-bound"
        terms.append(Term(f"B {accelerator.id}", meaning, batch, "tokens"))
    return Explanation(
        "Sparsity and its floor",
        "S_min = w H ridge b L stages / (2 Net a TPOT);  B = ridge b / 2 / S;  b: bytes per FFN weight",
        tuple(terms),
        "sec. 5.3, 5.4; Table 7",
        "Weights and products in the FFN's bits, FP8 dispatch and BF16 combine, line rate of the server's NICs.",
    )
