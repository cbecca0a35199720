"""The Python interface: every public name, with its docstring, shapes and errors."""

from __future__ import annotations

import selectmodel
from reference_parts import markdown as md

#: What is imported from a framework's own module.
CALLBACKS = {
    "Keras": ("selectmodel.keras", "SelectModel"),
    "Lightning": ("selectmodel.lightning", "SelectModel"),
    "The Hugging Face Trainer": ("selectmodel.huggingface", "SelectModelCallback"),
}


def pages() -> dict[str, str]:
    """An index, and pages of functions, of what they return, of errors and of callbacks."""
    public = [(name, getattr(selectmodel, name)) for name in selectmodel.__all__ if name != "__version__"]
    functions = [name for name, thing in public if not isinstance(thing, type)]
    errors = [name for name, thing in public if isinstance(thing, type) and issubclass(thing, BaseException)]
    codes = "ExitCode"
    classes = [name for name, thing in public if isinstance(thing, type) and name not in (*errors, codes)]
    listed = [name for name in errors if name != "SelectModelError"]
    shelves = {
        "functions": (
            "Functions",
            "`import selectmodel as sm`; these are the commands, as functions.",
            [f".. autofunction:: selectmodel.{name}" for name in functions],
        ),
        "classes": ("What they take and return", "", [f".. autoclass:: selectmodel.{name}" for name in classes]),
        "errors": (
            "Errors",
            "All are a `SelectModelError`; its `exit_code` is that of the command line.",
            [
                *(f".. autoexception:: selectmodel.{name}" for name in ("SelectModelError", *listed)),
                f".. autoclass:: selectmodel.{codes}\n   :undoc-members:",
            ],
        ),
    }
    made = {f"{name}.md": md.page(title, head, *map(_rst, parts)) for name, (title, head, parts) in shelves.items()}
    titled = []
    for whose, (module, name) in CALLBACKS.items():
        titled.append(f"## {whose}: `from {module} import {name}`")
        titled.append(_rst(f".. autoclass:: {module}.{name}\n   :no-members:"))
    made["callbacks.md"] = md.page(
        "Callbacks", "For a training while it runs: [how to](../../how-to/during-training.md).", *titled
    )
    made["index.md"] = md.page(
        "Python",
        "What is public is what `selectmodel.__all__` lists and the callbacks; nothing else is held to.",
        md.toctree([*shelves, "callbacks"], hidden=False),
    )
    return made


def _rst(text: str) -> str:
    return f"```{{eval-rst}}\n{text}\n```"
