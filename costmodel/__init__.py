"""The cost of decoding with large language models, with and without attention-FFN disaggregation (AFD).

    import costmodel as cm
    step3 = cm.load_model("step-3")
    cost = cm.decode_cost(step3, attention_on=h20, ffn_on=h800, workload=cm.Workload(context=8192))

Units: FLOP, byte, second, USD, token; costs are USD per 1M decoded tokens. Paper: arXiv 2507.19427.
The public names are those of `__init__.pyi`, grouped by task.
"""

import lazy_loader

# Names load on first use: `import costmodel` stays instant although NumPy and pydantic behind it are not.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
