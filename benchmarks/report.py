"""One line a figure, with its target where the project has one."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from operator import ge, le

from rich.console import Console
from rich.table import Table

errors = Console(stderr=True)


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False

    @property
    def reached(self) -> bool | None:
        compare: Callable[[float, float], bool] = ge if self.at_least else le
        return None if self.target is None else compare(self.value, self.target)


@dataclass
class Report:
    benchmark: str
    figures: list[Figure] = field(default_factory=list)

    def add(
        self,
        name: str,
        value: float,
        unit: str,
        *,
        target: float | None = None,
        at_least: bool = False,
    ) -> None:
        figure = Figure(name, round(value, 3), unit, target, at_least)
        self.figures.append(figure)
        errors.print(f"  {name}: {figure.value} {unit}", markup=False)

    def publish(self) -> None:
        table = Table("figure", "measured", "unit", "target", "", title=self.benchmark)
        for figure in self.figures:
            sign = "≥" if figure.at_least else "≤"
            target = "" if figure.target is None else f"{sign} {figure.target:g}"
            verdict = {None: "", True: "reached", False: "missed"}[figure.reached]
            table.add_row(figure.name, f"{figure.value:,.3f}", figure.unit, target, verdict)
        errors.print(table)
        figures = {
            figure.name: {**asdict(figure), "reached": figure.reached} for figure in self.figures
        }
        json.dump({"benchmark": self.benchmark, "figures": figures}, sys.stdout, indent=2)
        sys.stdout.write("\n")
