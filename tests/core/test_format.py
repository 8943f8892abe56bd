"""How numbers and texts are shown."""

from __future__ import annotations

from ingen_fab.synthetic_data.core.format import printable


def test_what_a_terminal_would_obey_is_shown() -> None:
    """Escape sequences, carriage returns, tabs and marks that turn the writing become visible; all else stays."""
    assert printable("\x1b]52;c;aGk=\x07") == r"\x1b]52;c;aGk=\x07"
    assert printable("a\r\n\tb\u202ec\x9b") == r"a\r\n\tb\u202ec\x9b"
    assert printable("half \ud800") == r"half \ud800"
    assert printable("two\nlines\x00", keep="\n") == "two\nlines\\x00"
    assert printable("Zoë [bold] <b> 🙂 1×2") == "Zoë [bold] <b> 🙂 1×2"
