#!/usr/bin/python3
"""Validate each line of a file of JSON objects against a JSON Schema.

usage: schema_check.py SCHEMA FILE
"""

import json
import sys

import jsonschema


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    validator = kind(schema)
    count = 0
    faults = 0
    with open(sys.argv[2], encoding="utf-8") as file:
        for line in file:
            count += 1
            for fault in validator.iter_errors(json.loads(line)):
                faults += 1
                place = "/".join(str(part) for part in fault.path)
                print(f"object {count}, {place}: {fault.message[:200]}")
    if count == 0:
        print("no object at all")
    sys.exit(1 if faults or count == 0 else 0)


main()
