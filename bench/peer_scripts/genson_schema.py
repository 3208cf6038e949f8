"""An inferred JSON Schema (genson) checked by jsonschema: ``genson_schema.py FAMILY SEED TURNS CLEAN``.

A window is flagged where any of its documents does not fit; which field was meant is not asked.
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import jsonschema
from genson import SchemaBuilder

from bench.contracts_families import FAMILIES, changed, documents, history, later

name, seed, turns, clean_windows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
family = next(each for each in FAMILIES if each.name == name)
builder = SchemaBuilder()
for _, found in history(family, seed):
    for document, _ in found:
        builder.add_object(document)
schema = builder.to_schema()
validator = jsonschema.validators.validator_for(schema)(schema)


def flagged(found: list) -> bool:
    """Return whether any document does not fit."""
    return not all(validator.is_valid(document) for document, _ in found)


caught = dict.fromkeys((change.name for change in family.changes), 0)
for turn in range(turns):
    whole = documents(family, later(turn, 7), 500, seed + 500 + turn)
    for change in family.changes:
        caught[change.name] += flagged(changed(change, whole, turn))
clean = [documents(family, later(turn, 1), 500, seed + 10_500 + turn) for turn in range(clean_windows)]
begun = time.process_time()
alarms = sum(flagged(found) for found in clean)
spent = time.process_time() - begun
answer = {
    "caught": sum(count >= 0.95 * turns for count in caught.values()) / len(caught),
    "clean": alarms / clean_windows,
    "milliseconds": spent / (500 * clean_windows) * 1_000,
}
print(json.dumps(answer))
