"""What mkdocs itself does not do: the notebooks' place in the site, and ``llms.txt``. mkdocs calls these functions by their names."""

from __future__ import annotations

import inspect
import json
import posixpath
import pydoc
import re
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

NOTEBOOKS = Path(__file__).resolve().parents[1]
ROOT = NOTEBOOKS.parent
PAGES = NOTEBOOKS / "docs" / "pages"
#: Documents that stay where they are, and are pages of the site, too.
ELSEWHERE = {
    "explain/benchmarks.md": ROOT / "tests" / "benchmarks" / "README.md",
    "explain/conformance.md": ROOT / "tests" / "conformance" / "README.md",
    "changelog.md": ROOT / "CHANGELOG.md",
}
#: How long ``llms-full.txt``, all pages as one text, may be: what a model reads at once, in characters.
MOST_CHARACTERS = 400_000

#: How lunr 2.3.9 writes the key of a state (``TokenSet.prototype.toString``), and how it would be clear.
_AMBIGUOUS, _CLEAR = "e=e+s+o.id}return e}", 'e=e+s+o.id+","}return e}'


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the notebooks that there are."""
    assert config.nav is not None
    for entry in config.nav:
        if isinstance(entry, dict) and "Notebooks" in entry:
            entry["Notebooks"] = [
                {_title(path): f"notebooks/{path.name}"} for path in sorted(NOTEBOOKS.glob("*.ipynb"))
            ]
    return config


@event_priority(100)  # before the plugin that draws them
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the notebooks, which are not below the folder of the pages."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        # Not File.generated: the plugin that draws them asks for the folder that a file is in.
        files.append(File(f"notebooks/{path.name}", str(ROOT), config.site_dir, config.use_directory_urls))
    for path in sorted((NOTEBOOKS / "images").iterdir()):
        files.append(File.generated(config, f"images/{path.name}", abs_src_path=str(path)))
    for page, path in ELSEWHERE.items():
        files.append(File.generated(config, page, content=_moved(path.read_text(encoding="utf-8"), path, page)))
    return files


def _moved(text: str, path: Path, page: str) -> str:
    """Make the relative links of a document those of its page; what the site does not have is only named."""
    here = posixpath.dirname(page)
    pages = {source.resolve(): target for target, source in ELSEWHERE.items()}

    def link(found: re.Match[str]) -> str:
        picture, label, target = found.groups()
        if "://" in target or target.startswith("#"):
            return found[0]
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve()
        if there in pages:
            inside = pages[there]
        elif there.is_relative_to(PAGES):
            inside = there.relative_to(PAGES).as_posix()
        elif there.is_relative_to(NOTEBOOKS / "images"):
            inside = f"images/{there.name}"
        else:
            return str(label)
        moved = posixpath.relpath(inside, here or ".") + (f"#{anchor}" if anchor else "")
        return f"{picture}[{label}]({moved})"

    # GitHub sees a list below a line of text, Python-Markdown only below an empty one.
    text = re.sub(r"^(?![-*+>|#\s] |\s|\d+\. )(.+)\n(?=- )", r"\1\n\n", text, flags=re.MULTILINE)
    return re.sub(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", link, text)


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Remember the order of the pages."""
    config.extra["pages"] = nav.pages
    return nav


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Draw the picture of the package where a page wants it, and write what GitHub reads otherwise as this site does."""
    here = posixpath.relpath("images", posixpath.dirname(page.file.src_uri) or ".")
    markdown = re.sub(r"\]\((?:\.\./)+images/", f"]({here}/", markdown)
    # GitHub's tables want a bar in code escaped, and Python-Markdown's show the backslash then.
    markdown = re.sub(r"^\|.*", lambda row: re.sub(r"`[^`]+`", _with_bars, row[0]), markdown, flags=re.MULTILINE)
    if "<!-- street -->" in markdown:
        sys.path.insert(0, str(ROOT))
        from tests.lab.street import svg

        markdown = markdown.replace("<!-- street -->", svg())
    return markdown


def _with_bars(code: re.Match[str]) -> str:
    return code[0].replace("\\|", "|")


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Keep flags whole, and long code not; write types as docstrings do; let the search find a page that answers before a notebook with the same words."""
    if page.file.src_uri.startswith("notebooks/"):
        page.meta["search"] = {"boost": 0.3}
        return html
    # mkdocstrings reads numpydoc's types as expressions: "path-like" as a difference, and "str, bytes or None" as a tuple.
    html = re.sub(r"\b(path|bytes) - like\b", r"\1-like", html)
    html = re.sub(r"\(<code>\((.* or .*)\)</code>", r"(<code>\1</code>", html)
    html = re.sub(r"\s+–\s*<div class=\"doc-md-description\">\s*</div>", "", html)
    html = re.sub(r"<code>(?=[^<]{48})", '<code class="long">', html)
    return re.sub(r"<code>(?=[^<\s]{2,20}</code>)(?=[^<]*-)", '<code class="whole">', html)


def on_post_build(config: MkDocsConfig) -> None:
    """Write the pages' sources beside them, ``llms.txt``, which lists them, and ``llms-full.txt``, which is all but records of the past."""
    site = Path(config.site_dir)
    _mend_search(site)
    lines = [f"# {config.site_name}", "", f"> {config.site_description}", ""]
    whole: list[str] = []
    section = None
    for page in config.extra["pages"]:
        text = _markdown(page)
        source = Path(page.file.src_uri).with_suffix(".md").as_posix()
        target = site / source
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        above = page.ancestors[-1].title if page.ancestors else None
        if above != section:
            section = above
            lines += ["", f"## {section}", ""]
        lines.append(f"- [{page.title}]({source}): {_first_sentence(text)}")
        if source not in ELSEWHERE:
            whole.append(f"<!-- {source} -->\n\n{text.strip()}\n")
    (site / "llms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    all_of_it = "\n".join(whole)
    if len(all_of_it) > MOST_CHARACTERS:
        raise ValueError(f"llms-full.txt would have {len(all_of_it):,} characters, more than {MOST_CHARACTERS:,}")
    (site / "llms-full.txt").write_text(all_of_it, encoding="utf-8")


def _mend_search(site: Path) -> None:
    """Keep the search from failing at a word, such as "receive": lunr takes two states of its automaton for one.

    Their keys are letters and numbers of states without anything between them, which digits in words make ambiguous; then it looks a
    word up that is on no page, and throws (lunr.js issues 279 and 314, both of them about 2.x, of which there is no newer one).
    """
    (worker,) = (site / "assets" / "javascripts" / "workers").glob("search.*.min.js")
    program = worker.read_text(encoding="utf-8")
    if program.count(_AMBIGUOUS) != 1:
        raise ValueError(f"{worker.name} has another lunr: see whether it still needs to be mended")
    worker.write_text(program.replace(_AMBIGUOUS, _CLEAR), encoding="utf-8")


def _title(path: Path) -> str:
    found = re.search(r"^# (.+)$", _cells(path), re.MULTILINE)
    return found[1] if found else path.stem


def _cells(path: Path) -> str:
    """Write a notebook's cells as Markdown, without outputs."""
    written = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        written.append(text if cell["cell_type"] == "markdown" else f"```python\n{text}\n```")
    return "\n\n".join(written)


def _markdown(page: Page) -> str:
    if page.file.src_uri.endswith(".ipynb"):
        return _cells(Path(page.file.abs_src_path or ""))
    return re.sub(r"^::: (\S+)\n(?:    .*\n)*", _described, page.file.content_string, flags=re.MULTILINE)


def _described(found: re.Match[str]) -> str:
    """Write what a page has of the code's docstrings, for who reads its Markdown: signatures, and of members the first lines."""
    named = pydoc.locate(found[1])
    lines = [f"### {found[1].rpartition('.')[2]}{_signature(named)}", "", inspect.getdoc(named) or "", ""]
    if isinstance(named, type):
        for name, member in inspect.getmembers(named):
            said = (inspect.getdoc(member) or "").partition("\n")[0]
            if not name.startswith("_") and said and name not in dir(Exception):
                lines.append(f"- `{name}{_signature(member)}`: {said}")
    return "\n".join(lines) + "\n"


def _signature(named: object) -> str:
    try:
        return str(inspect.signature(named)) if callable(named) and not isinstance(named, type) else ""
    except ValueError:
        return ""


def _first_sentence(text: str) -> str:
    for paragraph in text.split("\n\n"):
        if re.match(r"[A-Za-z`*\[]", paragraph):
            return re.split(r"(?<=\.)\s", " ".join(paragraph.split()))[0]
    return ""
