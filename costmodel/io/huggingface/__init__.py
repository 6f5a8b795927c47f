"""Import of Hugging Face config.json files: exact, or refused with a reason. No network, no transformers."""

from costmodel.io.huggingface.imported import Imported, read_huggingface
from costmodel.io.huggingface.quant import KV_BITS
from costmodel.io.huggingface.refusal import ImportRefusedError

__all__ = ["KV_BITS", "ImportRefusedError", "Imported", "read_huggingface"]
