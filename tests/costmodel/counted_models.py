"""Published architectures and their integers: parameters counted module by module, cache shapes of a forward pass.

Counted with Hugging Face transformers 5.24 on its meta device from each model's config.json. Caches are in BF16; states
as the reference keeps them.
"""

from typing import Any, NamedTuple

import costmodel as cm
from costmodel.attention import Attention
from costmodel.ffn import Ffn

SOURCE = (cm.Source(title="config.json of the model", locator="all fields", covers=("attention", "ffn", "hidden")),)


class Counted(NamedTuple):
    """Total and active parameters; cache [byte] of one more token, of 8,192 tokens; state [byte]."""

    total: int
    active: int
    per_token: int
    at_8192: int
    state: int


def model(name: str, hidden: int, vocabulary: int, attention: list[Attention], ffn: list[Ffn], **more: Any) -> cm.Model:
    """A model with caches in BF16."""
    wide = {"kv_bits": 16, "index_bits": 16}
    groups = tuple(
        group.replace(**{field: bits for field, bits in wide.items() if field in group.quantities()})
        for group in attention
    )
    return cm.Model(
        id=name,
        name=name,
        hidden=hidden,
        vocabulary=vocabulary,
        attention=groups,
        ffn=tuple(ffn),
        sources=SOURCE,
        **more,
    )


def gqa(layers: int, heads: int, kv_heads: int, head_dim: int, **more: Any) -> cm.Gqa:
    return cm.Gqa(layers=layers, heads=heads, kv_heads=kv_heads, head_dim=head_dim, **more)


def moe(layers: int, experts: int, top_k: int, intermediate: int, **more: Any) -> cm.Moe:
    return cm.Moe(layers=layers, experts=experts, top_k=top_k, intermediate=intermediate, **more)


def dense(layers: int, intermediate: int, **more: Any) -> cm.Dense:
    return cm.Dense(layers=layers, intermediate=intermediate, **more)


V3 = {"heads": 128, "query_rank": 1536, "kv_rank": 512, "rope_dim": 64, "nope_dim": 128, "value_dim": 128}
GLM5 = V3 | {"heads": 64, "query_rank": 2048, "nope_dim": 192, "value_dim": 256}
KIMI = V3 | {"heads": 32, "query_rank": None}
FLASH = {"heads": 64, "head_dim": 512, "query_rank": 1024, "output_groups": 8, "output_rank": 1024, "window": 128}
PRO = FLASH | {"heads": 128, "query_rank": 1536, "output_groups": 16}
V4_INDEX = {"block": 4, "index_heads": 64, "index_dim": 128}
NANO_MAMBA = {"heads": 64, "head_dim": 64, "groups": 8, "state_dim": 128}
INCLUSIVE = {"window_count": "inclusive"}

COUNTED = {
    "deepseek-v3": (
        model(
            "deepseek-v3", 7168, 129_280, [cm.Mla(layers=61, **V3)], [dense(3, 18432), moe(58, 256, 8, 2048, shared=1)]
        ),
        Counted(671_026_404_352, 36_625_603_584, 70_272, 575_668_224, 0),
    ),
    "deepseek-v3.2": (
        model(
            "deepseek-v3.2",
            7168,
            129_280,
            [cm.Dsa(layers=61, **V3, index_heads=64, index_dim=128, index_top_k=2048)],
            [dense(3, 18432), moe(58, 256, 8, 2048, shared=1)],
        ),
        Counted(671_877_929_216, 37_477_128_448, 85_888, 703_594_496, 0),
    ),
    "glm-5": (
        model(
            "glm-5",
            6144,
            154_880,
            [cm.Dsa(layers=78, **GLM5, index_heads=32, index_dim=128, index_top_k=2048)],
            [dense(3, 12288), moe(75, 256, 8, 2048, shared=1)],
        ),
        Counted(743_911_199_232, 40_833_126_912, 109_824, 899_678_208, 0),
    ),
    "deepseek-v4-flash": (
        model(
            "deepseek-v4-flash",
            4096,
            129_280,
            [
                cm.SharedKv(layers=2, **FLASH),
                cm.Csa(layers=21, **FLASH, **V4_INDEX, index_top_k=512),
                cm.Hca(layers=20, **FLASH, block=128),
            ],
            [moe(3, 256, 6, 2048, shared=1, routing="hash"), moe(40, 256, 6, 2048, shared=1)],
            streams=4,
        ),
        Counted(284_332_230_231, 13_270_091_351, 6_880, 61_997_056, 322_560),
    ),
    "deepseek-v4-pro": (
        model(
            "deepseek-v4-pro",
            7168,
            129_280,
            [cm.Csa(layers=30, **PRO, **V4_INDEX, index_top_k=1024), cm.Hca(layers=31, **PRO, block=128)],
            [moe(3, 384, 6, 3072, shared=1, routing="hash"), moe(58, 384, 6, 3072, shared=1)],
            streams=4,
        ),
        Counted(1_572_997_179_491, 48_852_379_747, 9_848, 88_670_208, 460_800),
    ),
    "minimax-m3": (
        model(
            "minimax-m3",
            6144,
            200_064,
            [
                gqa(3, 64, 4, 128, qk_norm="head"),
                cm.BlockSparse(
                    layers=57, heads=64, kv_heads=4, head_dim=128, qk_norm="head", index_heads=4, index_dim=128
                ),
            ],
            [dense(3, 12288), moe(57, 128, 4, 3072, shared=1)],
        ),
        Counted(426_174_565_632, 24_733_273_344, 137_472, 1_126_170_624, 0),
    ),
    "minimax-m2.5": (
        model("minimax-m2.5", 3072, 200_064, [gqa(62, 48, 8, 128, qk_norm="layer")], [moe(62, 256, 8, 1536)]),
        Counted(228_689_748_992, 10_415_940_608, 253_952, 2_080_374_784, 0),
    ),
    "minimax-m1": (
        model(
            "minimax-m1",
            6144,
            200_064,
            [gqa(10, 64, 8, 128), cm.Lightning(layers=70, heads=64, key_dim=128, value_dim=128, state_bits=16)],
            [moe(80, 32, 2, 9216)],
        ),
        Counted(456_089_655_296, 47_174_113_280, 40_960, 335_544_320, 146_800_640),
    ),
    "mimo-v2-flash": (
        model(
            "mimo-v2-flash",
            4096,
            152_576,
            [
                gqa(9, 64, 4, 192, value_dim=128),
                gqa(39, 64, 8, 192, value_dim=128, window=128, sinks="per_head"),
            ],
            [dense(1, 16384), moe(47, 256, 8, 2048)],
        ),
        Counted(308_778_768_832, 14_820_972_992, 222_720, 214_302_720, 0),
    ),
    "gpt-oss-120b": (
        model(
            "gpt-oss-120b",
            2880,
            201_088,
            [
                gqa(18, 64, 8, 64, biases="all", sinks="per_head", window=128, **INCLUSIVE),
                gqa(18, 64, 8, 64, biases="all", sinks="per_head"),
            ],
            [moe(36, 128, 4, 2880, biases="all", router_bias="per_expert")],
        ),
        Counted(116_829_156_672, 5_132_849_472, 73_728, 306_671_616, 0),
    ),
    "gemma-2-27b": (
        model(
            "gemma-2-27b",
            4608,
            256_000,
            [gqa(23, 32, 16, 128, norms=2, window=4096, **INCLUSIVE), gqa(23, 32, 16, 128, norms=2)],
            [dense(46, 36864, norms=2)],
            tied_embeddings=True,
        ),
        Counted(27_227_128_320, 27_227_128_320, 376_832, 2_315_067_392, 0),
    ),
    "gemma-4-26b-a4b": (
        model(
            "gemma-4-26b-a4b",
            2816,
            262_144,
            [
                gqa(25, 16, 8, 256, norms=2, qk_norm="head", window=1024, **INCLUSIVE),
                gqa(5, 16, 2, 512, norms=2, qk_norm="head", value_source="key_projection"),
            ],
            [moe(30, 128, 8, 704, shared=1, shared_intermediate=2112, norms=6, router_bias="per_expert")],
            tied_embeddings=True,
        ),
        Counted(25_233_141_760, 3_822_530_560, 225_280, 377_282_560, 0),
    ),
    "olmo-2-32b": (
        model("olmo-2-32b", 5120, 100_352, [gqa(64, 40, 8, 128, qk_norm="layer")], [dense(64, 27648)]),
        Counted(32_234_279_936, 31_720_477_696, 262_144, 2_147_483_648, 0),
    ),
    "qwen2.5-7b": (
        model("qwen2.5-7b", 3584, 152_064, [gqa(28, 28, 4, 128, biases="qkv")], [dense(28, 18944)]),
        Counted(7_615_616_512, 7_070_619_136, 57_344, 469_762_048, 0),
    ),
    "qwen2-moe-a2.7b": (
        model(
            "qwen2-moe-a2.7b",
            2048,
            151_936,
            [gqa(24, 16, 16, 128, biases="qkv")],
            [moe(24, 60, 4, 1408, shared=1, shared_intermediate=5632, shared_gate="token")],
        ),
        Counted(14_315_784_192, 2_378_008_576, 196_608, 1_610_612_736, 0),
    ),
    "falcon-7b": (
        model(
            "falcon-7b",
            4544,
            65_024,
            [gqa(32, 71, 1, 64, norms=2)],
            [dense(32, 18176, matrices=2, norms=0)],
            tied_embeddings=True,
            final_norms=2,
        ),
        Counted(6_921_720_704, 6_921_720_704, 8_192, 67_108_864, 0),
    ),
    "qwen3-next-80b": (
        model(
            "qwen3-next-80b",
            2048,
            151_936,
            [
                cm.GatedDelta(layers=36, heads=32, key_heads=16, key_dim=128, value_dim=128),
                gqa(12, 16, 2, 256, gate="full", qk_norm="head"),
            ],
            [moe(48, 512, 10, 512, shared=1, shared_gate="token")],
        ),
        Counted(79_674_391_296, 3_563_764_480, 24_576, 201_326_592, 77_856_768),
    ),
    "qwen3.5-397b-a17b": (
        model(
            "qwen3.5-397b-a17b",
            4096,
            248_320,
            [
                cm.GatedDelta(layers=45, heads=64, key_heads=16, key_dim=128, value_dim=128),
                gqa(15, 32, 2, 256, gate="full", qk_norm="head"),
            ],
            [moe(60, 512, 10, 1024, shared=1, shared_gate="token")],
        ),
        Counted(396_346_350_336, 16_331_922_176, 30_720, 251_658_240, 193_167_360),
    ),
    "kimi-linear-48b": (
        model(
            "kimi-linear-48b",
            2304,
            163_840,
            [cm.Kda(layers=20, heads=32, head_dim=128), cm.Mla(layers=7, **KIMI)],
            [dense(1, 9216), moe(26, 256, 8, 1024, shared=1)],
        ),
        Counted(49_122_675_072, 3_106_965_888, 8_064, 66_060_288, 43_909_120),
    ),
    "nemotron-3-nano-30b": (
        model(
            "nemotron-3-nano-30b",
            2688,
            131_072,
            [cm.Mamba2(layers=23, **NANO_MAMBA), gqa(6, 32, 2, 128)],
            [moe(23, 128, 6, 1856, shared=1, shared_intermediate=3712, matrices=2)],
        ),
        Counted(31_577_937_344, 3_227_751_872, 6_144, 50_331_648, 49_364_992),
    ),
    "nemotron-3-super-120b": (
        model(
            "nemotron-3-super-120b",
            4096,
            131_072,
            [cm.Mamba2(layers=40, **NANO_MAMBA | {"heads": 128}), gqa(8, 32, 2, 128)],
            [moe(40, 512, 22, 2688, shared=1, shared_intermediate=5376, matrices=2, latent=1024)],
        ),
        Counted(120_668_687_360, 12_233_346_048, 8_192, 67_108_864, 171_048_960),
    ),
    "nemotron-h-56b": (
        model(
            "nemotron-h-56b",
            8192,
            131_072,
            [cm.Mamba2(layers=54, heads=256, head_dim=64, groups=8, state_dim=256), gqa(10, 64, 8, 128)],
            [dense(54, 32768, matrices=2)],
        ),
        Counted(56_324_350_464, 55_250_608_640, 40_960, 335_544_320, 914_817_024),
    ),
    "jamba-1.5-mini": (
        model(
            "jamba-1.5-mini",
            4096,
            65_536,
            [cm.Mamba1(layers=28, width=8192, state_dim=16, step_rank=256, inner_norms="all"), gqa(4, 32, 8, 128)],
            [dense(16, 14336), moe(16, 16, 2, 14336)],
        ),
        Counted(51_570_323_328, 11_841_875_840, 16_384, 134_217_728, 16_515_072),
    ),
    "longcat-flash": (
        model(
            "longcat-flash",
            6144,
            131_072,
            [cm.Mla(layers=56, **V3 | {"heads": 64})],
            [dense(56, 12288), moe(28, 512, 12, 2048, identity_experts=256, norms=0)],
        ),
        Counted(560_664_958_976, 27_149_490_176, 64_512, 528_482_304, 0),
    ),
    "step-3": (
        model(
            "step-3",
            7168,
            128_815,
            [cm.Mfa(layers=61, heads=64, head_dim=256, query_rank=2048)],
            [dense(5, 18432), moe(56, 48, 3, 5120, shared=1)],
        ),
        Counted(316_294_538_240, 37_917_982_720, 62_464, 511_705_088, 0),
    ),
}
