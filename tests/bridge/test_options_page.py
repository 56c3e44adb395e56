"""docs/options.md is what the code says."""

from __future__ import annotations

import options_page


def test_the_page_of_options_is_up_to_date() -> None:
    """It is never changed by hand: `python tests/options_page.py` writes it."""
    assert options_page.PAGE.read_text(encoding="utf-8") == options_page.page()
