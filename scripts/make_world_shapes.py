"""Write ``valuestats/similarity/shapes/world.json`` from Natural Earth's 1:110m countries (public domain).

The shapefile ``naturalearth_lowres`` ships inside the wheel of pyogrio, among its tests; pyshp reads it.

    pip download --no-deps pyogrio && unzip pyogrio-*.whl && pip install pyshp
    python scripts/make_world_shapes.py pyogrio/tests/fixtures/naturalearth_lowres/naturalearth_lowres.shp
"""

import json
import sys
from pathlib import Path

import shapefile

TARGET = Path(__file__).parents[1] / "valuestats" / "similarity" / "shapes" / "world.json"


def main(path):
    """Round coordinates to a tenth of a degree, drop points that coincide then, leave out Antarctica."""
    countries = []
    for record in shapefile.Reader(path).shapeRecords():
        name = record.record["name"]
        if name == "Antarctica":
            continue
        geometry = record.shape.__geo_interface__
        polygons = (
            geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        )
        kept = []
        for polygon in polygons:
            rings = [thinned(ring) for ring in polygon]
            if len(rings[0]) >= 4:
                kept.append([ring for ring in rings if len(ring) >= 4])
        countries.append({"name": name, "iso": record.record["iso_a3"], "polygons": kept})
    TARGET.write_text(
        json.dumps(sorted(countries, key=lambda c: c["name"]), separators=(",", ":")) + "\n", encoding="utf-8"
    )


def thinned(ring):
    """The ring without points that fall together after rounding."""
    points = [[round(x, 1), round(y, 1)] for x, y in ring]
    return [p for k, p in enumerate(points) if k == 0 or p != points[k - 1]]


if __name__ == "__main__":
    main(sys.argv[1])
