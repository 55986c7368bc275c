"""What the product does without: programs and code made of text, formats that run what they hold, weak digests and
random numbers, connections of its own, patterns and templates made of input."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for tier in ("web", "worker", "shared") for path in (ROOT / tier).rglob("*.py"))
IMPORTS = {
    "programs": {"subprocess", "pty", "commands"},
    "formats that run what they hold": {"pickle", "marshal", "shelve", "dill", "yaml"},
    "guessable numbers": {"random"},
    "connections of its own": {
        "http.client",
        "urllib.request",
        "requests",
        "httpx",
        "smtplib",
        "ftplib",
        "telnetlib",
    },
    "markup from elsewhere": {"xml.sax", "xml.dom", "lxml", "html.parser"},
}
CALLS = {
    "programs": {"os.system", "os.popen", "os.execv", "os.execve", "os.posix_spawn", "os.spawnv"},
    "code made of text": {"eval", "exec", "compile", "__import__"},
    "templates made of text": {"render_template_string", "from_string"},
    "markup from elsewhere": {"fromstring", "ElementTree.parse", "iterparse", "XML"},
    "weak digests": {"hashlib.md5", "hashlib.sha1", "hashlib.new"},
}
SANDBOX = "worker/imaging/"  # makes processes and calls C on purpose
PATTERNS = {"compile", "search", "match", "fullmatch", "sub", "split", "findall", "finditer"}


def name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def faults(source: str, where: str) -> list[str]:
    """What a module uses that it shouldn't."""
    tree, found = ast.parse(source), []
    for name in imported(tree):
        found += [f"{what}: {name}" for what, names in IMPORTS.items() if name in names]
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = name_of(node.func)
        for what, names in CALLS.items():
            if called in names or (called.rpartition(".")[2] in names - {"compile"} and "." in called):
                found.append(f"{what}: {called}")
        if (
            called.startswith("re.")
            and called[3:] in PATTERNS
            and not isinstance(node.args[0], ast.Constant | ast.Name | ast.Attribute)
        ):
            found.append(f"a pattern made of text: {ast.unparse(node.args[0])}")
        found += [f"a shell: {called}" for word in node.keywords if word.arg == "shell"]
    return [fault for fault in found if not (where.startswith(SANDBOX) and fault.startswith("programs"))]


@pytest.mark.parametrize("tier", ["web", "worker", "shared"])
def test_no_module_uses_what_is_dangerous(tier: str) -> None:
    wrong = {}
    for path in MODULES:
        where = str(path.relative_to(ROOT))
        if where.startswith(tier) and (found := faults(path.read_text(), where)):
            wrong[where] = found
    assert wrong == {}


@pytest.mark.parametrize(
    "source",
    [
        "import subprocess",
        "from urllib import request",
        "import pickle",
        "import random",
        "eval(text)",
        "os.system(text)",
        "hashlib.sha1(b'')",
        "ElementTree.fromstring(text)",
        "re.compile(f'{word}')",
        "app.jinja_env.from_string(text)",
        "run(text, shell=True)",
    ],
)
def test_each_of_them_would_be_found(source: str) -> None:
    assert faults(source, "web/x.py")


def test_scripts_make_no_code_of_text_and_hear_no_other_windows() -> None:
    own = [path for path in (ROOT / "web/static").rglob("*.js") if "vendor" not in path.parts]
    assert len(own) > 20
    for path in own:
        text = path.read_text()
        for word in (
            "eval(",
            "new Function",
            "document.write",
            "insertAdjacentHTML",
            'addEventListener("message"',
        ):
            assert word not in text, (path.name, word)
        # Into a template, from an answer of ours, or back what stood there: nothing that was typed.
        for line in text.splitlines():
            if "innerHTML" in line:
                assert "template.innerHTML = await response.text()" in line or "before" in line, (
                    path.name,
                    line,
                )
