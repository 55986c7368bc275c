"""A port whose calls are as they were, and some of them watched."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any


class Watched:
    """Of a method in `by_name` or `own`, `call(method, what, name, *args)` is made in its place: `what` is what the
    table says, `name` the account's, as the first argument tells it, or None for the viewer's own."""

    def __init__(
        self, port: Any, by_name: Mapping[str, str], own: Mapping[str, str], call: Callable[..., Any]
    ) -> None:
        self._port, self._by_name, self._own, self._call = port, by_name, own, call

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if name in self._by_name:
            what = self._by_name[name]
            return lambda *args: self._call(method, what, args[0].strip().lower(), *args)
        return partial(self._call, method, self._own[name], None) if name in self._own else method
