"""Write NOTICE and sbom.json: what the package carries and stands on, with licences, from what is installed of the lock.

Run from the repository root, in the project's environment: ``python scripts/make_notice.py``.
"""

from __future__ import annotations

import json
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)")
HEAD = """\
valuestats
Copyright the valuestats authors. Licensed under the Apache License, Version 2.0 (see LICENSE).

What is carried in the package itself
-------------------------------------
Inter, by the Inter Project Authors: SIL Open Font License 1.1 (valuestats/reporting/assets/fonts/OFL.txt).
Data that studies and tests use are not carried, but for the simulated demo study; their licences and citations stand in
data/registry.yml. Instruments (valuestats/instruments) hold keys and answer scales, no wording under copyright; each file
names its source.

What is run as a program
------------------------
pandoc, GPL-2.0-or-later, comes in the distribution pypandoc_binary (whose own code is under MIT) and is run as a program of
its own: no part of it is linked or imported. Quarto (MIT), where a user has it, likewise.

What is written into pages
--------------------------
Vega, Vega-Lite and Vega-Embed (BSD-3-Clause), from the distribution vl-convert-python, stand in every HTML page that shows a
chart.

What tests are held against
---------------------------
pingouin (GPL-3.0) is an oracle of tests and benchmarks, in the extra "dev" only. The package does not import it, and nothing
of it is copied.

What is imported: requirements.lock, with the licence that each distribution declares
-------------------------------------------------------------------------------------
"""


def locked(file: Path) -> dict[str, str]:
    """Version of each distribution that a lock pins, by its name."""
    return dict(match.groups() for line in file.read_text().splitlines() if (match := _PIN.match(line)))


def licence(found: Distribution) -> str:
    """What a distribution declares: the expression, else the classifiers, else the first line of the field."""
    head = found.metadata
    if expression := head.get("License-Expression"):
        return str(expression)
    classified = [
        c.rsplit(" :: ", 1)[-1] for c in head.get_all("Classifier") or () if c.startswith("License :: OSI")
    ]
    if classified:
        return ", ".join(classified)
    lines = (head.get("License") or "").strip().splitlines()
    return lines[0][:60] if lines else "not declared"


def notice() -> str:
    """The whole text."""
    lines = []
    for name, version in sorted(locked(ROOT / "requirements.lock").items()):
        try:
            lines.append(f"{name} {version}: {licence(distribution(name))}")
        except PackageNotFoundError:
            lines.append(f"{name} {version}: on other systems only")
    return HEAD + "\n".join(lines) + "\n"


def sbom() -> str:
    """The distributions of both locks as a CycloneDX 1.6 list; those that only tests need are excluded in use."""
    base = locked(ROOT / "requirements.lock")
    components = []
    for name, version in sorted({**locked(ROOT / "requirements-dev.lock"), **base}.items()):
        try:
            said = licence(distribution(name))
        except PackageNotFoundError:
            said = "on other systems only"
        components.append(
            {
                "type": "library",
                "name": name,
                "version": version,
                "purl": f"pkg:pypi/{name.lower().replace('_', '-')}@{version}",
                "scope": "required" if name in base else "excluded",
                "licenses": [{"license": {"name": said}}],
            }
        )
    project = {"type": "library", "name": "valuestats", "licenses": [{"license": {"id": "Apache-2.0"}}]}
    whole = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": project},
        "components": components,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    (ROOT / "sbom.json").write_text(sbom(), encoding="utf-8")
    (ROOT / "NOTICE").write_text(notice(), encoding="utf-8")
