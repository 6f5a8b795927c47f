"""Parameter counts of a model, by what they are for."""

from dataclasses import dataclass

from costmodel.units import Numeric


@dataclass(frozen=True)
class Parameters:
    """Parameter counts. `embedding` is the input table, `head` the output table (0 when tied to it).

    `norm`, `biases`, `sinks` and `state` are what layers have beside their matrices, `tables` what they look up,
    `residual` mixes the streams of hyper-connections, `other` is explained by no mechanism. `ffn_active` is the mean
    over tokens, `ffn_least` and `ffn_most` the ends; they differ where some experts do nothing.
    """

    attention: Numeric
    ffn: Numeric
    ffn_active: Numeric
    ffn_least: Numeric
    ffn_most: Numeric
    router: Numeric
    norm: Numeric
    biases: Numeric
    biases_active: Numeric
    sinks: Numeric
    state: Numeric
    tables: Numeric
    residual: Numeric
    embedding: Numeric
    head: Numeric
    other: Numeric
    tied: bool

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
        """What `total` adds up."""
        return tuple(self.terms.values())

    @property
    def total(self) -> Numeric:
        """Everything stored."""
        return sum(self.total_terms)

    @property
    def active_terms(self) -> tuple[Numeric, ...]:
        """What `active` adds up."""
        head = self.embedding if self.tied else self.head
        small = self.norm + self.biases_active + self.sinks + self.state + self.residual + self.other
        return self.attention, self.ffn_active, self.router, small, head

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
