"""Workloads of the memory canary: texts encoded by a real tokenizer, clean and with leaks of several shapes.

Run in an environment that has ``tokenizers``; the tokenizer is trained here, on generated text.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import random
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

os.environ["TOKENIZERS_PARALLELISM"] = "false"
RNG = random.Random(os.getpid())  # both sides see other texts, as in life
LIBC = ctypes.CDLL(None)
LIBC.malloc.restype = ctypes.c_void_p
NEW = getattr(ctypes.CDLL("libstdc++.so.6"), "_Znwm")  # noqa: B009 - operator new, as the linker calls it
NEW.restype = ctypes.c_void_p
SYLLABLES = [a + b for a in "bdfgklmnprst" for b in ("a", "e", "i", "o", "u", "an", "er", "ol")]
WORDS = ["".join(RNG.choices(SYLLABLES, k=RNG.randint(1, 4))) for _ in range(4_000)]
KEPT: list[object] = []
MAPS: list[mmap.mmap] = []
COUNT = [0]
ARENA = 4 << 20


def text() -> str:
    """Return a text of 5 to 60 words, some of them never seen before."""
    words = RNG.choices(WORDS, k=RNG.randint(5, 60))
    words.append("".join(RNG.choices("abcdefghij", k=8)))
    return " ".join(words)


def trained() -> Any:
    """Return a tokenizer of 2,000 pieces, trained on generated text."""
    made = Tokenizer(models.BPE(unk_token="<unk>"))  # noqa: S106 - no password
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(vocab_size=2_000, special_tokens=["<unk>"], show_progress=False)
    made.train_from_iterator([text() for _ in range(300)], trainer)
    return made


TOKENIZER = trained()


def clean() -> None:
    """Encode one text."""
    TOKENIZER.encode(text())


def native(size: int) -> None:
    """Lose so many bytes that Python knows nothing of."""
    LIBC.malloc(ctypes.c_size_t(size))


def leak_64() -> None:
    """Lose 64 bytes of malloc's a call."""
    clean()
    native(64)


def leak_16() -> None:
    """Lose 16 bytes of malloc's a call."""
    clean()
    native(16)


def leak_64_new() -> None:
    """Lose 64 bytes a call that a native library asked malloc for."""
    clean()
    NEW(ctypes.c_size_t(64))


def leak_64_every_10th() -> None:
    """Lose 64 bytes of malloc's at each tenth call."""
    clean()
    COUNT[0] += 1
    if COUNT[0] % 10 == 0:
        native(64)


def leak_jitter() -> None:
    """Lose 16 to 200 bytes of malloc's at three calls of ten, by chance."""
    clean()
    if RNG.random() < 0.3:
        native(RNG.randrange(16, 200))


def leak_mmap() -> None:
    """Map a page that is never given back, at each fiftieth call."""
    clean()
    COUNT[0] += 1
    if COUNT[0] % 50 == 0:
        MAPS.append(mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))


def leak_arena() -> None:
    """Lose 64 bytes a call of an allocator that maps 4 MiB at a time, as some native libraries have one."""
    clean()
    if not MAPS or COUNT[0] + 64 > ARENA:
        MAPS.append(mmap.mmap(-1, ARENA, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
        COUNT[0] = 0
    MAPS[-1][COUNT[0]] = 1
    COUNT[0] += 64


def leak_python() -> None:
    """Keep a small object of Python's a call."""
    clean()
    KEPT.append(object())


def read() -> None:
    """Encode one text, and keep the answer as long as the next comes."""
    KEPT[:] = [TOKENIZER.encode(text())]
