"""The JSON Schema of config.yaml on standard output: `python -m scraper.config > scraper/config.schema.json`."""

from __future__ import annotations

import json
import sys

from scraper.config import json_schema

json.dump(json_schema(), sys.stdout, indent=2, ensure_ascii=False)
sys.stdout.write("\n")
