"""Parameter counts of a model, by what they are for."""

from dataclasses import dataclass

from costmodel.mechanism import SmallParameters
from costmodel.units import Numeric


@dataclass(frozen=True)
class Parameters:
    """Parameter counts. `embedding` is the input table, `head` the output table (0 when tied to it).

    `small_attention` and `small_ffn` are what layers of the stacks have beside their matrices, `unused_biases` belong
    to experts that a token does not reach, `tables` are looked up, `residual_terms` mix the streams of
    hyper-connections, `other` is explained by no mechanism. `ffn_active` is the mean over tokens, `ffn_least` and
    `ffn_most` the ends; they differ where some experts do nothing.

    No term depends on the layers of both stacks: a search takes sums of parameters apart.
    """

    attention: Numeric
    ffn: Numeric
    ffn_active: Numeric
    ffn_least: Numeric
    ffn_most: Numeric
    router: Numeric
    small_attention: SmallParameters
    small_ffn: SmallParameters
    unused_biases: Numeric
    final_norms: Numeric
    tables: Numeric
    residual_terms: tuple[Numeric, ...]
    embedding: Numeric
    head: Numeric
    other: Numeric
    tied: bool

    @property
    def norm(self) -> Numeric:
        """Norms of all layers and after the last."""
        return self.small_attention.norms + self.small_ffn.norms + self.final_norms

    @property
    def biases(self) -> Numeric:
        """Biases of all layers."""
        return self.small_attention.biases + self.small_ffn.biases

    @property
    def biases_active(self) -> Numeric:
        """Biases that one token reaches."""
        return self.biases - self.unused_biases

    @property
    def sinks(self) -> Numeric:
        """Attention sinks of all layers."""
        return self.small_attention.sinks + self.small_ffn.sinks

    @property
    def state(self) -> Numeric:
        """Parameters of recurrent states."""
        return self.small_attention.state + self.small_ffn.state

    @property
    def residual(self) -> Numeric:
        """Hyper-connections of all layers."""
        return sum(self.residual_terms)

    @property
    def terms(self) -> dict[str, Numeric]:
        """What `total` adds up, by name."""
        return {
            "attention": self.attention,
            "ffn": self.ffn,
            "router": self.router,
            "norms": self.norm,
            "biases": self.biases,
            "sinks": self.sinks,
            "state": self.state,
            "tables": self.tables,
            "residual": self.residual,
            "embedding": self.embedding,
            "head": self.head,
            "other": self.other,
        }

    @property
    def total_terms(self) -> tuple[Numeric, ...]:
        """What `total` adds up, each term of one stack or of none."""
        return self.attention, self.ffn, self.tables, *self.small_terms, self.embedding, self.head

    @property
    def small_terms(self) -> tuple[Numeric, ...]:
        """Everything beside the matrices of layers, the tables they look up, and the vocabulary."""
        layers = (self.router, *self.small_attention, *self.small_ffn, *self.residual_terms)
        return *layers, self.final_norms, self.other

    @property
    def total(self) -> Numeric:
        """Everything stored."""
        return sum(self.total_terms)

    @property
    def active_terms(self) -> tuple[Numeric, ...]:
        """What `active` adds up, each term of one stack or of none."""
        head = self.embedding if self.tied else self.head
        return self.attention, self.ffn_active, -self.unused_biases, *self.small_terms, head

    @property
    def active(self) -> Numeric:
        """Weights one token is multiplied with: the LM head counts, the input table (one row is read) does not.

        Nor do tables that layers look rows up in. The mean over tokens.
        """
        return sum(self.active_terms)

    @property
    def active_range(self) -> tuple[Numeric, Numeric]:
        """The least and the most that a token can be multiplied with; equal unless some experts do nothing."""
        rest = self.active - self.ffn_active
        return rest + self.ffn_least, rest + self.ffn_most
