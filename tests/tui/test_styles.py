"""What a step looks like does not depend on the steps that were seen before it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data import tui
from ingen_fab.synthetic_data.core.run.estimate import Estimate, TableEstimate
from ingen_fab.synthetic_data.tui.steps import STEPS
from textual.app import App
from textual.css.stylesheet import Stylesheet
from textual.screen import Screen

Look = dict[str, tuple[Any, ...]]
MEASURES = {"grid_size_columns", "grid_size_rows", "height", "margin", "width"}
"""Styles of what has more room."""
SCREENS = Path(tui.__file__).parent / "screens"


def look(driver: Any) -> Look:
    """Each widget of the screen by its place in it: where it is, how large, how it is drawn."""
    out: Look = {}
    for widget in driver.wizard.screen.walk_children(with_self=True):
        place = "/".join(f"{node.css_identifier}:{node.parent.children.index(node)}" for node in widget.ancestors_with_self if node.parent)
        styles = {name: str(value) for name, value in widget.styles.base.get_rules().items()}
        # How long a text is, whose height is its own, may hang on a sample that comes when it comes.
        height = widget.region.height if styles.get("height") != "auto" else 0
        out[place] = (widget.region.offset, widget.region.width, height, widget.virtual_size.width, widget.display, sorted(styles.items()))
    return out


def unmeasured(plan: Any) -> Estimate:
    """An estimate that takes no time."""
    return Estimate(1.0, 1, 1, {table.name: TableEstimate(table.rows, 1, 1.0) for table in plan.tables})


def looks(drive: Callable[..., None], *steps: str) -> list[Look]:
    """The look of each step as it is visited, one after another, and again when all have been."""
    found: list[Look] = []

    async def story(driver: Any) -> None:
        for step in (*steps, *steps):
            driver.wizard.action_step(step)
            await driver.settled()
            found.append(look(driver))

    drive(story, estimate=unmeasured)
    return found


@pytest.mark.slow
def test_a_step_looks_the_same_after_any_other(drive: Callable[..., None]) -> None:
    """Every step after each other one, in both orders, as where it is the first to be visited."""
    alone = {step: looks(drive, step)[0] for step in STEPS}
    for walk in (tuple(STEPS), tuple(reversed(STEPS))):
        for step, found in zip((*walk, *walk), looks(drive, *walk), strict=True):
            assert found == alone[step], (step, walk)


def styled() -> dict[str, type[Screen[Any]]]:
    """Each file of styles, and the step or dialog that it is of."""
    modules = [import_module(f"ingen_fab.synthetic_data.tui.screens.{file.stem}") for file in SCREENS.glob("*.py")]
    made = [one for module in modules for one in vars(module).values() if isinstance(one, type) and issubclass(one, Screen)]
    return {str(one.CSS_PATH): one for one in made if vars(one).get("CSS_PATH")}


def test_every_file_of_styles_is_of_a_screen() -> None:
    """None is left over, and every step has one."""
    assert set(styled()) == {file.name for file in SCREENS.glob("*.tcss")} >= {f"{step}.tcss" for step in STEPS}


def test_more_room_changes_no_colour() -> None:
    """So that what every theme shows where there is some room holds where there is much."""
    spoken = set()
    for file in (*SCREENS.glob("*.tcss"), *SCREENS.parent.glob("*.tcss")):
        sheet = Stylesheet(variables=App[None]().get_css_variables())
        sheet.add_source(file.read_text(), read_from=(file.name, file.name), is_default_css=False)
        for rules in sheet.rules:
            if {"-wide", "-huge", "-tall"} & {each.name for chosen in rules.selector_set for each in chosen.selectors}:
                spoken |= {(file.name, name) for name in rules.styles.get_rules() if name not in MEASURES}
    assert not spoken


@pytest.mark.parametrize("name", [file.name for file in sorted(SCREENS.glob("*.tcss"))])
def test_the_rules_of_a_screen_match_nothing_else(name: str) -> None:
    """Every selector starts with the type of the screen."""
    screen = styled()[name]
    sheet = Stylesheet(variables=App[None]().get_css_variables())
    sheet.add_source((SCREENS / name).read_text(), read_from=(name, name), is_default_css=False)
    assert sheet.rules
    for rules in sheet.rules:
        for chosen in rules.selector_set:
            assert chosen.selectors[0].name == screen.__name__, rules.selectors
