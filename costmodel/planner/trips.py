"""Assignment of the layers of a stack to round trips, and their order."""

from collections.abc import Sequence


def kinds_of_trips(counts: Sequence[int], trips: int) -> dict[tuple[int, ...], int]:
    """The layers of one stack dealt out to round trips: which groups share a trip, and how many trips are alike.

    A stack as deep as there are trips has one layer in each. In a deeper one the layers of the smallest groups ride
    with the layer before them, as the attention layers of Nemotron-H follow a Mamba layer.

    >>> kinds_of_trips([40, 8], 40)
    {(0,): 32, (0, 1): 8}
    """
    if sum(counts) == trips:
        return {(group,): count for group, count in enumerate(counts)}
    order = layer_order(counts)
    by_size = sorted(range(len(order)), key=lambda place: (counts[order[place]], -order[place]))
    riders = set(by_size[: len(order) - trips])
    dealt: list[list[int]] = []
    for place, group in enumerate(order):
        if place in riders and dealt:
            dealt[-1].append(group)
        else:
            dealt.append([group])
    # A rider before every other layer starts a trip of its own; the first two are one trip then.
    while len(dealt) > trips:
        dealt[:2] = [dealt[0] + dealt[1]]
    kinds = [tuple(sorted(groups)) for groups in dealt]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def layer_order(counts: Sequence[int]) -> list[int]:
    """Group index of every layer, the groups interleaved evenly: layer j of n sits at (j + 1/2) / n of the depth.

    >>> layer_order([2, 4])
    [1, 0, 1, 1, 0, 1]
    """
    places = [((layer + 0.5) / count, group) for group, count in enumerate(counts) for layer in range(count)]
    return [group for _, group in sorted(places)]
