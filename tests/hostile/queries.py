"""Queries as attackers, typos and old bookmarks make them: legal links, broken somewhere, and plain noise."""

from random import Random
from urllib.parse import quote, urlencode

import costmodel as cm
from tests.app.strange import STRANGE

ODD_VALUES = [
    *STRANGE.values(),
    *("", " ", "0", "-0", "-1", "1", "2", "1e308", "1e309", "-1e400", "1e-320", "NaN", "inf", "-Infinity", "1_0"),
    *("\u0661\u0662", "\uff11", "\u00bd", "1,5", "1.2.3", "+5", " 8", "8 ", "8\n", "9" * 30, "9" * 400, "none", "None"),
    *("true", "gqa", "mla", "moe", "dense", "step-3", "qwen3-32b", "gpt-9", "../../etc/passwd", "h800", "h800.h20"),
    *("h800,h800", "." * 40, "," * 2000, "custom-1", "any", "usd", "measured", "\x00", "\ud7ff", "a" * 1501),
    *("${7*7}", "{{7*7}}", "%n%s", "'; DROP TABLE x; --", "__import__('os')", "1e9999999", "64.0", "1..2", "[1]"),
]
NAME_ENDS = ["", ".", "..", ".0", ".heads", " ", "\x00", "[0]", "__class__", "%00", ".-1", ".99", ".1e9", "'"]
ROOTS = [
    "accelerators",
    "model",
    "v",
    "attention",
    "ffn",
    "workload",
    "sla",
    "page",
    "set",
    "prices",
    "rates",
    "utm_x",
    "search",
    "designs",
    "placement",
]
BASES = [cm.default_scenario(name) for name in ("step-3", *cm.models()[:12])]
PATHS = [list(cm.fields(base)) for base in BASES]


def hostile_query(chance: Random) -> str:
    """One query; what it is made of follows from the state of `chance` alone."""
    kind = chance.random()
    if kind < 0.05:
        return "".join(chr(chance.choice((chance.randrange(32, 127), chance.randrange(0x2000)))) for _ in range(40))
    place = chance.randrange(len(BASES)) if chance.random() < 0.8 else 0
    pairs = [("v", chance.choice("0122222x"))] if chance.random() < 0.5 else []
    if place:
        pairs.append(("model", BASES[place].model.id))
    if chance.random() < 0.3:
        pairs += _structure(chance)
    for _ in range(chance.choice((0, 1, 1, 2, 3, 5, 8, 20))):
        pairs.append((_name(chance, PATHS[place]), _value(chance)))
    if chance.random() < 0.1:
        pairs += pairs[:2]
    if chance.random() < 0.2:
        chance.shuffle(pairs)
    if kind < 0.15:
        return "&".join(f"{name}={text}" for name, text in pairs)
    query = urlencode(pairs, errors="replace", quote_via=quote)
    if kind < 0.25 and query:
        cut = chance.randrange(len(query))
        return query[:cut] + chance.choice(("", "%", "%zz", "%ff", "&", "=", ";", "#", "?")) + query[cut:]
    return query


def _structure(chance: Random) -> list[tuple[str, str]]:
    """Numbers and kinds of groups, and a custom accelerator with some of its values."""
    stack, other = chance.choice((("attention", "gqa mla mfa mamba2 x"), ("ffn", "moe dense x")))
    kinds = [(f"{stack}.{chance.randrange(9)}.kind", chance.choice(other.split())) for _ in range(chance.randrange(4))]
    return [
        (f"{stack}.groups", str(chance.choice((0, 1, 2, 8, 9, 10**6)))),
        *kinds,
        ("accelerators", chance.choice(("h800.x", "x", "x.y", "h20,x", "h800.h20"))),
        ("accelerators.x.usd_per_hour", _value(chance)),
        ("accelerators.x.bf16_flops_per_second", chance.choice(("1e15", "0", "1e30"))),
        ("accelerators.x.bytes_per_second", chance.choice(("4e12", "-1"))),
    ]


def _name(chance: Random, paths: list[str]) -> str:
    """Mostly a field: how an unknown name is refused takes long and is soon seen."""
    kind = chance.random()
    if kind < 0.85:
        return chance.choice(paths)
    if kind < 0.9:
        return chance.choice(paths)[: chance.randrange(1, 20)] + chance.choice(NAME_ENDS)
    if kind < 0.97:
        return f"{chance.choice(ROOTS)}{chance.choice(NAME_ENDS)}"
    return chance.choice(list(STRANGE.values()))[:120]


def _value(chance: Random) -> str:
    kind = chance.random()
    if kind < 0.4:
        return chance.choice(ODD_VALUES)
    if kind < 0.8:
        return str(chance.choice((1, 2, 3, 4, 8, 16, 64, 100, 1024, 8192, 10**6, 0.5, 1e12)))
    return f"{chance.uniform(-1, 1) * 10.0 ** chance.randrange(-3, 18):.4g}"
