"""Rebuilds the list of plain words in configs/reference/.

Run by hand, never at install or run time, in an environment that holds the Faker named in SOURCES.md:

    python scripts/reference/build_words.py
"""

from __future__ import annotations

from faker.providers.lorem.en_US import Provider as Words
from lists import write


def words() -> list[tuple[str, int]]:
    """Small ASCII words of two letters or more, in alphabetical order, all as frequent as each other."""
    return [(word, 1) for word in sorted({word.lower() for word in Words.word_list}) if word.isascii() and word.isalpha() and len(word) > 1]


if __name__ == "__main__":
    write("words", ("word", "weight"), words())
