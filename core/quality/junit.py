"""The report as JUnit XML, as continuous integration reads it: a suite for each table, a case for each check."""

from __future__ import annotations

from collections import Counter
from typing import Final
from xml.etree import ElementTree as ET

from ..format import printable
from .report import Report, Result
from .words import figure

_ENDS: Final = "\n\t"


def junit(report: Report) -> str:
    """The XML text. Rules that could not be checked are skipped cases, with the reason."""
    every, silenced = len(report.results) + len(report.silent), len(report.silent)
    root = ET.Element("testsuites", name=f"quality of {report.dataset_id}", tests=str(every), failures=str(len(report.failures)),
                      errors="0", skipped=str(silenced), time=f"{report.seconds:.3f}")  # fmt: skip
    for table in report.tables:
        results = [result for result in report.results if result.table == table.name]
        silent = [silent for silent in report.silent if silent.table == table.name]
        suite = ET.SubElement(root, "testsuite", name=f"{report.dataset_id}.{table.name}", tests=str(len(results) + len(silent)),
                              failures=str(table.failed), errors="0", skipped=str(len(silent)))  # fmt: skip
        properties = ET.SubElement(suite, "properties")
        for name, value in (("rows", table.rows), ("seed", report.seed), ("as_of", report.as_of), ("run_id", report.run_id)):
            ET.SubElement(properties, "property", name=name, value=str(value))
        many = Counter(_name(result) for result in results)
        for result in results:
            name = _name(result) if many[_name(result)] == 1 else f"{_name(result)}: {result.sentence}"
            case = ET.SubElement(suite, "testcase", classname=f"{report.dataset_id}.{table.name}", name=name)
            if not result.passed:
                failure = ET.SubElement(case, "failure", type=result.name, message=result.sentence)
                failure.text = _told(result)
        for rule in silent:
            name = f"{rule.name}: {rule.sentence}"
            case = ET.SubElement(suite, "testcase", classname=f"{report.dataset_id}.{table.name}", name=name)
            ET.SubElement(case, "skipped", message=rule.reason)
    ET.indent(root)
    # XML 1.0 has no way to write control characters, nor U+FFFF.
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{printable(ET.tostring(root, encoding="unicode"), keep=_ENDS)}\n'


def _name(result: Result) -> str:
    return f"{result.name} {result.column}".strip() if result.group != "rule" else f"{result.name}: {result.sentence}"


def _told(result: Result) -> str:
    lines = [f"found {figure(result.observed)}, expected {figure(result.expected)}, limit {figure(result.limit)}, {result.rows:,} rows"]
    return "\n".join([*lines, *(f"row {key}" for key in result.offending)])
