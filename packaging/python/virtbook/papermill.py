"""papermill's parameters for notebooks of virtbook: ``papermill in.ipynb out.ipynb -p seed 7``.

papermill has no entry point for translators of parameters. But it loads each engine that an installed package names (entry
points of the group ``papermill.engine``) when it is imported. This module is loaded that way: its engine is the usual
one, and the translator is registered on the way.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from papermill.engines import NBClientEngine
from papermill.exceptions import PapermillException
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
# One declaration in a line, as the cell with the tag `parameters` has them.
DECLARATION = re.compile(
    r"^\s*(?:export\s+)?(?:let|const|var)\s+(?P<name>[A-Za-z_$][\w$]*)\s*(?::\s*(?P<type>[^=]+?)\s*)?"
    r"=\s*(?P<value>.*?)\s*;?\s*(?://\s*(?P<help>.*))?$"
)
# Numbers above are not told apart.
SAFE_INTEGER = 2**53 - 1


class TypeScriptTranslator(Translator):
    """Writes parameters as TypeScript."""

    @classmethod
    def translate_none(cls, val: None) -> str:
        return "null"

    @classmethod
    def translate_bool(cls, val: bool) -> str:
        return "true" if val else "false"

    @classmethod
    def translate_int(cls, val: int) -> str:
        return str(val) if abs(val) <= SAFE_INTEGER else f"{val}n"

    @classmethod
    def translate_float(cls, val: float) -> str:
        if math.isfinite(val):
            return repr(val)
        return "NaN" if math.isnan(val) else "Infinity" if val > 0 else "-Infinity"

    @classmethod
    def translate_str(cls, val: Any) -> str:
        return json.dumps(str(val))

    @classmethod
    def translate_escaped_str(cls, str_val: Any) -> str:
        return cls.translate_str(str_val)

    @classmethod
    def translate_dict(cls, val: dict) -> str:
        # Computed, because a key `__proto__` would set the prototype.
        pairs = (f"[{cls.translate_str(key)}]" if key == "__proto__" else cls.translate_str(key) for key in val)
        return "{ " + ", ".join(f"{key}: {cls.translate(item)}" for key, item in zip(pairs, val.values())) + " }"

    @classmethod
    def translate_list(cls, val: list) -> str:
        return "[" + ", ".join(cls.translate(item) for item in val) + "]"

    @classmethod
    def comment(cls, cmt_str: str) -> str:
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name: str, str_val: str) -> str:
        if not IDENTIFIER.fullmatch(name):
            raise PapermillException(f"'{name}' cannot be the name of a variable in TypeScript: use letters, digits, _ and $")
        return f"let {name} = {str_val};"

    @classmethod
    def inspect(cls, parameters_cell: Any) -> list[Parameter]:
        found = (DECLARATION.match(line) for line in parameters_cell["source"].splitlines())
        return [
            Parameter(
                name=match["name"],
                inferred_type_name=(match["type"] or "None").strip(),
                default=match["value"],
                help=(match["help"] or "").strip(),
            )
            for match in found
            if match
        ]


class Engine(NBClientEngine):
    """papermill's usual engine. Naming it makes papermill load this module."""


papermill_translators.register("virtbook", TypeScriptTranslator)
try:
    papermill_translators.find_translator("", "typescript")
except PapermillException:
    # The kernel may be installed by another name; the language stays.
    papermill_translators.register("typescript", TypeScriptTranslator)
