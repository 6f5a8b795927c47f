"""A model as AFD sees it: a stack of attention layer groups and a stack of feed-forward layer groups."""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Annotated, Any, Self

import numpy as np
from pydantic import PrivateAttr, StrictBool

from costmodel import attention, ffn
from costmodel.attention import AnyAttention, Attention
from costmodel.ffn import AnyFfn
from costmodel.mechanism import Mechanism, SmallParameters
from costmodel.parameters import Parameters
from costmodel.source import Name, Published, Slug, Source
from costmodel.spec import Field, Rule, Spec
from costmodel.units import BITS_PER_BYTE, Numeric
from costmodel.work import AttentionWork, DecodeWork, FfnWork, IndexerWork
from costmodel.workload import Workload

Hidden = Annotated[
    int, Field(label="Hidden size", unit="elements", low=1, high=1_000_000, help="Width H of the residual stream.")
]
Vocabulary = Annotated[
    int, Field(label="Vocabulary", unit="tokens", low=1, high=100_000_000, help="Number of token embeddings.")
]
EmbeddingBits = Annotated[
    int,
    Field(
        label="Embedding bits",
        unit="bit",
        low=4,
        high=32,
        choices=(4, 8, 16, 32),
        help="Bits stored per embedding and LM-head weight.",
    ),
]

FinalNorms = Annotated[
    int,
    Field(
        label="Final norm vectors",
        unit="vectors",
        low=0,
        high=16,
        help="Norm weights before the LM head, in vectors of hidden width: 1 for an RMSNorm, 2 for a biased LayerNorm.",
    ),
]
Streams = Annotated[
    int,
    Field(
        label="Residual streams",
        unit="streams",
        low=1,
        high=64,
        help="Copies n of the residual stream that hyper-connections mix around every layer (DeepSeek-V4: 4); 1: a "
        "plain residual.",
    ),
]
OtherParameters = Annotated[
    int,
    Field(
        label="Other parameters",
        unit="parameters",
        low=0,
        high=10**12,
        help="Parameters that no mechanism explains, such as a bias of the LM head: counted and stored.",
    ),
]

STACKS: dict[str, tuple[type[Mechanism], ...]] = {"attention": attention.MECHANISMS, "ffn": ffn.MECHANISMS}
"""The two stacks of a model and the mechanisms that each can hold."""

REFERENCE_CONTEXT = 8192
"""The paper's headline context [token], for the intensity of models whose layers differ."""

MOST_GROUPS = 8


class Model(Spec):
    """Hidden size, vocabulary, and two stacks of layer groups. Paper Table 1.

    The stacks need not be equally deep: in Nemotron-H a block is either a mixer or an FFN. `id` names the preset that a
    design started from; `vendor`, `family` and `collections` (`step-3-paper`: the nine models of the paper) are where
    that preset is listed, `published` what its vendor counts. All stay when the design is edited.
    """

    id: Slug
    name: Name
    vendor: Name = "Other"
    family: Name = "Other"
    published: Published = Published()
    hidden: Hidden
    vocabulary: Vocabulary
    tied_embeddings: StrictBool = False
    embedding_bits: EmbeddingBits = 16
    final_norms: FinalNorms = 1
    streams: Streams = 1
    other_parameters: OtherParameters = 0
    attention: tuple[AnyAttention, ...]
    ffn: tuple[AnyFfn, ...]
    collections: tuple[Slug, ...] = ()
    sources: tuple[Source, ...]
    _start: "Model | None" = PrivateAttr(default=None)

    @property
    def start(self) -> "Model":
        """What a design without a preset was before its edits; itself where it has none."""
        return self._start or self

    def started_from(self, start: "Model") -> Self:
        """The same design, as an edit of `start`; without any edit where both are equal."""
        copy = self.model_copy()
        copy._start = None
        copy._start = None if copy == start else start
        return copy

    def replace(self, **values: Any) -> Self:
        """A validated copy with some fields changed, which started where this one did."""
        copy = super().replace(**values)
        return copy if self._start is None else copy.started_from(self._start)

    def rules(self) -> Iterable[Rule]:
        """Every stack has layers; values have a source."""
        for name in ("attention", "ffn"):
            groups = len(getattr(self, name))
            yield Rule(
                1 <= groups <= MOST_GROUPS, f"{name} must have 1 to {MOST_GROUPS} layer groups", {"groups": groups}
            )
        yield Rule(len(self.sources) > 0, "sources must name at least one source", {})

    @property
    def layers(self) -> Numeric:
        """Attention layers L, recurrent ones included [layers]."""
        return sum(group.layers for group in self.attention)

    @property
    def ffn_layers(self) -> Numeric:
        """Feed-forward layers [layers]; as many as attention layers in most models."""
        return sum(group.layers for group in self.ffn)

    @property
    def round_trips(self) -> Numeric:
        """Ways from attention to the FFN and back that a token takes: FFN layers preceded by a mixer.

        The stacks are taken to alternate, so it is the depth of the shorter one.
        """
        depths = self.layers, self.ffn_layers
        return min(depths) if all(isinstance(depth, int) for depth in depths) else np.minimum(*depths)

    @property
    def wire_width(self) -> Numeric:
        """Width of the widest vector that a token sends to a feed-forward layer [elements]."""
        return reduce(np.maximum, (group.wire_width(self.hidden) for group in self.ffn))

    @property
    def parameters(self) -> Parameters:
        """Parameter counts of every part."""
        hidden = self.hidden
        table = self.vocabulary * hidden
        ranges = [group.active_range(hidden) for group in self.ffn]
        return Parameters(
            attention=_sum(self.attention, (group.linear_parameters(hidden) for group in self.attention)),
            ffn=_sum(self.ffn, (group.stored_parameters(hidden) for group in self.ffn)),
            ffn_active=_sum(self.ffn, (group.active_parameters(hidden) for group in self.ffn)),
            ffn_least=_sum(self.ffn, (least for least, _ in ranges)),
            ffn_most=_sum(self.ffn, (most for _, most in ranges)),
            router=_sum(self.ffn, (group.router_parameters(hidden) for group in self.ffn)),
            small_attention=self._small_parameters(self.attention),
            small_ffn=self._small_parameters(self.ffn),
            unused_biases=_sum(self.ffn, (group.unused_biases(hidden) for group in self.ffn)),
            final_norms=self.final_norms * hidden,
            tables=_sum(self.ffn, (group.table_parameters() for group in self.ffn)),
            residual_terms=self._residual_terms(),
            embedding=table,
            head=0 if self.tied_embeddings else table,
            other=self.other_parameters,
            tied=self.tied_embeddings,
        )

    def _small_parameters(self, groups: Sequence[Mechanism]) -> SmallParameters:
        """Small parameters of all layers of one stack, beside their matrices."""
        small = [group.small_parameters(self.hidden) for group in groups]
        return SmallParameters(*(_sum(groups, column) for column in zip(*small, strict=True)))

    def _residual_terms(self) -> tuple[Numeric, ...]:
        """Hyper-connections of n streams: (2 n + n n) (n H + 1) + 3 per layer, n n H + n + 1 at the end.

        Layers of both stacks count. arXiv 2409.19606 in the form of DeepSeek-V4; none for a single stream.
        """
        n = self.streams
        layer = (2 * n + n * n) * (n * self.hidden + 1) + 3
        end = n * n * self.hidden + n + 1
        return tuple(term * (n > 1) for term in (self.layers * layer, self.ffn_layers * layer, end))

    @property
    def attention_weight_bytes(self) -> Numeric:
        """Stored projection weights of all layers [byte]."""
        return sum(group.layers * group.weight_bytes(self.hidden) for group in self.attention)

    @property
    def ffn_weight_bytes(self) -> Numeric:
        """Stored feed-forward weights of all layers [byte], with the tables that lie in accelerator memory."""
        return sum(group.layers * group.weight_bytes(self.hidden) for group in self.ffn)

    @property
    def weight_bytes_terms(self) -> tuple[Numeric, ...]:
        """What `weight_bytes` adds up: projections, feed-forward layers, and the rest, attention and FFN apart."""
        parameters, bytes_each = self.parameters, self.embedding_bits / BITS_PER_BYTE
        others = (*parameters.small_terms, parameters.embedding, parameters.head)
        return self.attention_weight_bytes, self.ffn_weight_bytes, *(count * bytes_each for count in others)

    @property
    def weight_bytes(self) -> Numeric:
        """All stored weights [byte]; everything but projections, FFN and tables at `embedding_bits`."""
        return sum(self.weight_bytes_terms)

    @property
    def other_weight_bytes(self) -> Numeric:
        """Routers, norms, other small parameters and embeddings [byte], at `embedding_bits`."""
        return sum(self.weight_bytes_terms[2:])

    @property
    def kv_bytes_per_token(self) -> Numeric:
        """Cache that one more token adds while every layer still keeps it [byte/token]."""
        return sum(group.layers * group.kv_bytes_per_token() for group in self.attention)

    def kv_bytes_per_sequence(self, context: Numeric) -> Numeric:
        """Cached tokens that one sequence of that length holds, windows included, states left out [byte]."""
        return sum(group.layers * group.cache_bytes(context) for group in self.attention)

    @property
    def state_bytes_per_sequence(self) -> Numeric:
        """What one sequence holds at any context: recurrent states, unpooled blocks [byte]."""
        return sum(group.layers * group.state_bytes() for group in self.attention)

    def sequence_bytes(self, context: Numeric) -> Numeric:
        """Cached tokens and states that one sequence of that length holds [byte]."""
        return self.kv_bytes_per_sequence(context) + self.state_bytes_per_sequence

    @property
    def effective_rank(self) -> Numeric:
        """Total width of the query heads of one layer, averaged over the layers. Paper sec. 4.1."""
        return sum(group.layers * group.effective_rank() for group in self.attention) / self.layers

    @property
    def arithmetic_intensity(self) -> Numeric:
        """Core FLOPs per cache byte [FLOP/byte]; context matters only for mixed stacks, where it is 8,192 tokens."""
        return self.decode_work(Workload(context=REFERENCE_CONTEXT)).arithmetic_intensity

    @property
    def sparsity(self) -> Numeric:
        """S of the sparsest feed-forward group, the one that the network floor binds first; 1 when all dense."""
        return reduce(np.minimum, (group.sparsity() for group in self.ffn))

    def decode_work(self, workload: Workload) -> DecodeWork:
        """Work per accepted token, group by group. Paper Tables 2 and 3, sec. 5.2 for multi-token prediction."""
        reads, passes, hidden = workload.steps_per_token(), workload.passes_per_token(), self.hidden
        context, positions = workload.context, workload.draft_length + 1
        attention_work = tuple(
            AttentionWork(
                kv_bytes=reads * group.layers * group.kv_bytes(context, positions),
                core_flops=passes * group.layers * group.core_flops(context),
                linear_flops=passes * group.layers * group.linear_flops(hidden),
                compute_bits=group.compute_bits,
                linear_bits=group.linear_bits,
                indexer=_indexer_work(group, context, reads, passes) if group.has_indexer() else None,
            )
            for group in self.attention
        )
        ffn_work = tuple(FfnWork(passes * group.layers * group.flops(hidden), group.compute_bits) for group in self.ffn)
        return DecodeWork(attention_work, ffn_work)


def _sum(groups: Sequence[Mechanism], each: Iterable[Numeric]) -> Numeric:
    """Of one layer of every group, times its layers."""
    return sum(group.layers * one for group, one in zip(groups, each, strict=True))


def _indexer_work(group: Attention, context: Numeric, reads: Numeric, passes: Numeric) -> IndexerWork:
    return IndexerWork(
        bytes=reads * group.layers * group.index_bytes(context),
        flops=passes * group.layers * group.index_flops(context),
    )
