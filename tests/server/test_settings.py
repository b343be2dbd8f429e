from __future__ import annotations

from pathlib import Path

from nbprism.server_ext.app import DEFAULTS, PrismApp

PAGE = Path(__file__).parents[2] / "docs" / "server.md"
OWN = PrismApp.class_own_traits(config=True)


def test_every_setting_is_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert OWN
    assert all(f"`PrismApp.{name}`" in page for name in OWN)


def test_every_setting_explains_itself() -> None:
    assert all(str(trait.help).endswith(".") for trait in OWN.values())


def test_the_traits_have_the_defaults_of_the_settings() -> None:
    assert PrismApp().prism_settings() == DEFAULTS
