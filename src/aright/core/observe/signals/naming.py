"""Names under which services send what some signals are made from, the customary ones first.

The names that begin with ``gen_ai`` are those of OpenTelemetry's semantic conventions for generative AI.
"""

from __future__ import annotations

from typing import Final

INPUT_TOKENS: Final = ("gen_ai.input_tokens", "input_tokens", "prompt_tokens")
OUTPUT_TOKENS: Final = ("gen_ai.output_tokens", "output_tokens", "completion_tokens")
MAX_TOKENS: Final = ("gen_ai.max_tokens", "max_tokens", "max_output_tokens")
FINISH: Final = ("gen_ai.finish_reason", "finish_reason", "stop_reason")
REQUESTED: Final = ("gen_ai.requested_model", "requested_model")
SERVED: Final = ("gen_ai.served_model", "served_model")

SOURCE_TEXT: Final = ("source_text", "input_text")
SOURCE_CHARS: Final = ("source_chars", "input_chars")
OUTPUT_CHARS: Final = ("output_chars", "target_chars")
COPY_SHARE: Final = ("copy_share",)

SOURCE_LANGUAGE: Final = ("source_language", "source_lang", "src_lang", "from_language", "from_lang")
TARGET_LANGUAGE: Final = ("target_language", "target_lang", "tgt_lang", "to_language", "to_lang")
"""Attributes, where the catalog does not name others."""

AGE: Final = ".age_seconds"
"""End of the names of features that say how old a source's values were, such as ``profiles.age_seconds``."""

BRIGHTNESS: Final = "image.brightness"
CONTRAST: Final = "image.contrast"
BLUR: Final = "image.blur"

ASKED: Final[dict[str, tuple[str, ...]]] = {
    "tokens of the prompt (feature)": INPUT_TOKENS,
    "tokens of the answer (feature)": OUTPUT_TOKENS,
    "tokens that the answer may have at most (feature)": MAX_TOKENS,
    "why the answer ended (feature)": FINISH,
    "model asked for (feature)": REQUESTED,
    "model that answered (feature)": SERVED,
    "source of a translation or summary (feature)": SOURCE_TEXT,
    "its characters (feature)": SOURCE_CHARS,
    "characters of the answer, where its text is not sent (feature)": OUTPUT_CHARS,
    "share of the answer that its source has too (feature)": COPY_SHARE,
    "language of the source (attribute)": SOURCE_LANGUAGE,
    "language to translate into (attribute)": TARGET_LANGUAGE,
    "age of a source's values in seconds (feature)": (f"SOURCE{AGE}",),
    "mean luma of an image, 0 to 1 (feature)": (BRIGHTNESS,),
    "standard deviation of its luma (feature)": (CONTRAST,),
    "variance of its Laplacian (feature)": (BLUR,),
}
"""What is asked for by name, for the reference."""
