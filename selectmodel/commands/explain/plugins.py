"""The plug-ins that other packages brought: what each is, where it comes from, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from selectmodel import registry
from selectmodel.answer import Answer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from selectmodel.display.style import Style


@dataclass(frozen=True, slots=True)
class PluginEntry:
    """One plug-in of another package; ``fault`` says in a sentence part why it is not used, "" if it is."""

    kind: str
    name: str
    package: str
    version: str
    module: str
    fault: str


@dataclass(frozen=True, slots=True)
class PluginList(Answer):
    """Every plug-in of another package, by kind and name."""

    plugins: tuple[PluginEntry, ...]
    kind = "plugins"

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A header, then one row a plug-in."""
        yield ("kind", "name", "package", "version", "module", "fault")
        for one in self.plugins:
            yield (one.kind, one.name, one.package, one.version, one.module, one.fault)

    def screen(self, style: Style) -> Iterator[RenderableType]:
        from selectmodel.commands.explain import plugins_screen

        return plugins_screen.lay_out(self, style)


def plugins() -> PluginList:
    """Every plug-in of another package, each imported to see whether it is sound."""
    return PluginList(tuple(PluginEntry(**one.declared._asdict(), fault=one.fault) for one in registry.of_others()))
