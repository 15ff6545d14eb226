"""Where the panel runs, and how that is known: by a test in that front end, or by a host that follows its published rules.

`HOSTS` is what the README's table and the documentation's page say; `tests/unit/test_readme.py` looks whether each test is there. What is not here
has not been looked at.
"""

from __future__ import annotations

from typing import Final, NamedTuple

#: When the rules were looked up last.
CHECKED: Final = "2026-11-27"

LIVE: Final = "tests/browser/test_environments.py::test_live_in_every_front_end"
HERE: Final = "tests/browser/test_hosts.py"


class Rule(NamedTuple):
    """What a host asks of a widget, or does not promise it."""

    text: str
    source: str
    tests: tuple[str, ...]


class Host(NamedTuple):
    """A front end."""

    #: "tested", "by its rules" or "table only".
    known: str
    #: What works there, in a few words.
    panel: str
    #: The tests in the front end itself.
    tests: tuple[str, ...] = ()
    #: Names of `RULES`.
    rules: tuple[str, ...] = ()


RULES: Final[dict[str, Rule]] = {
    "model": Rule(
        "A host promises a module only `get`, `set`, `save_changes`, `send`, `on` and `off` of its model, and an element.",
        "anywidget, docs/src/pages/afm.md, Model interface",
        (f"{HERE}::test_nothing_but_what_a_host_promises",),
    ),
    "again": Rule(
        "A view is rendered any number of times, each time into a new element; its page may be thrown away without a word.",
        "anywidget, docs/src/pages/afm.md, View Rendering; microsoft/vscode issue 95990",
        (f"{HERE}::test_a_view_comes_again_after_its_page_was_thrown_away",),
    ),
    "sandbox": Rule(
        "An output is a frame of its own without the notebook's page, its globals, storage, clipboard or downloads.",
        "googlecolab/colabtools issue 6 and advanced_outputs.ipynb; nteract/nteract pull 1572 (a frame without allow-same-origin)",
        (f"{HERE}::test_a_sandboxed_frame_with_nothing_around_it",),
    ),
    "policy": Rule(
        "A content security policy allows inline styles and modules from `blob:`, and no connection, font or script from anywhere.",
        "microsoft/vscode, backLayerWebView.ts, notebook.experimental.enableCsp, with `blob:`, without which anywidget itself does not load",
        (
            f"{HERE}::test_a_sandboxed_frame_with_nothing_around_it",
            "tests/integration/test_security.py::test_the_page_asks_nobody",
        ),
    ),
    "bytes": Rule(
        "Buffers of a message come as ArrayBuffer or Uint8Array instead of DataView.",
        "googlecolab/colab-cdn-widget-manager, src/manager.ts, on_msg; posit-dev/py-shinywidgets pull 152",
        (f"{HERE}::test_buffers_of_any_kind",),
    ),
    "lost bytes": Rule(
        "Buffers that a page sends do not arrive.",
        "posit-dev/positron pull 7464",
        (f"{HERE}::test_bytes_that_do_not_arrive_are_not_sent_as_nothing",),
    ),
    "poll": Rule(
        "What a thread of the kernel sends while no cell and no message is worked on does not arrive: the page must ask.",
        "googlecolab/colabtools issues 3373 and 498",
        (f"{HERE}::test_a_host_that_brings_only_answers",),
    ),
    "manager": Rule(
        "Custom widgets need a manager of their own, whose address stands in each output.",
        "googlecolab/colabtools issue 498, output.enable_custom_widget_manager",
        ("tests/unit/panel/test_panel.py::test_colab_is_told_which_widget_manager_it_needs",),
    ),
    "no subshells": Rule(
        "Messages of a page are worked on between cells, by the main thread.",
        "Jupyter Enhancement Proposal 91: subshells are an optional feature; only JupyterLab and Notebook 7 ask for them",
        (
            "tests/browser/test_life.py::test_without_subshells_it_says_that_it_waits",
            f"{HERE}::test_a_host_that_brings_only_answers",
        ),
    ),
    "no updates": Rule(
        "A display that is updated later may stay as it was.",
        "microsoft/vscode-jupyter issues 12755 and 13105",
        (f"{HERE}::test_nothing_but_what_a_host_promises",),
    ),
    "size": Rule(
        "A widget's message has at most 5 MB.",
        "Databricks, Known limitations of notebooks: ipywidgets",
        ("tests/unit/panel/test_handlers.py::test_no_answer_is_larger_than_every_host_takes",),
    ),
    "theme": Rule(
        "Colours are variables named `--vscode-…`, and the page's body says `vscode-dark`.",
        "Visual Studio Code, Webview API: Theming webview content",
        (f"{HERE}::test_the_colours_of_vs_code",),
    ),
    "no widgets": Rule(
        "There are no widgets: what is shown is the output's HTML, without scripts.",
        "deepnote/deepnote, docs/ipywidgets-in-deepnote.md; Kaggle/docker-python issue 1190 and pull 1487",
        (
            "tests/integration/test_security.py::test_what_is_read_without_trust",
            f"{HERE}::test_a_host_without_widgets_shows_the_table",
        ),
    ),
}

_LIVE: Final = "live"
HOSTS: Final[dict[str, Host]] = {
    "JupyterLab 4, Notebook 7": Host("tested", _LIVE, (LIVE,)),
    "nbclassic": Host("tested", _LIVE, (LIVE,)),
    "Voilà": Host(
        "tested",
        "live; `{{expressions}}` are not evaluated",
        (LIVE, "tests/unit/panel/test_trust.py::test_where_a_page_runs_code"),
    ),
    "marimo": Host(
        "tested", _LIVE, (LIVE, "tests/browser/test_environments.py::test_whatever_a_cell_ends_in_is_shown_in_marimo")
    ),
    "jupyter-collaboration": Host(
        "tested",
        "live for each reader, with a filter and drafts of their own",
        ("tests/browser/test_collaboration.py::test_two_people_in_one_notebook",),
    ),
    "VS Code": Host(
        "by its rules",
        "live; clicks wait for the running cell",
        rules=("model", "again", "policy", "no subshells", "no updates", "theme"),
    ),
    "Colab": Host(
        "by its rules",
        "live, once a second",
        rules=("model", "again", "sandbox", "policy", "bytes", "manager", "poll", "no subshells"),
    ),
    "Databricks": Host(
        "by its rules",
        "live; clicks wait for the running cell",
        rules=("model", "again", "policy", "no subshells", "size"),
    ),
    "nteract, Positron": Host(
        "by its rules",
        "live; clicks wait for the running cell",
        rules=("model", "again", "sandbox", "policy", "lost bytes", "no subshells"),
    ),
    "Kaggle, Deepnote": Host(
        "table only", "a table of the latest rows; magics and Python as everywhere", rules=("no widgets",)
    ),
}


def table() -> str:
    """Write the README's table."""
    lines = ["| front end | the panel is | known by |", "|---|---|---|"]
    how = {
        "tested": "tests in Chromium, in CI",
        "by its rules": "tests under its published rules",
        "table only": "its documentation",
    }
    lines += [f"| {name} | {host.panel} | {how[host.known]} |" for name, host in HOSTS.items()]
    return "\n".join(lines)


def page() -> str:
    """Write the documentation's page: the table, and each rule with its source and tests."""
    parts = [
        "# Front ends",
        (
            "*Tested*: the front end itself runs in Chromium in CI. *By its rules*: this project cannot run it in CI, so a host that follows its published "
            f"rules does (looked up {CHECKED}). *Table only*: it has no widgets, by its own documentation; a cell shows a table instead. What is not listed "
            "has not been looked at. Made by `python -m tests.lab.readme` from `tests/lab/front_ends.py`."
        ),
        table(),
        "## The rules",
    ]
    for name, rule in RULES.items():
        hosts = ", ".join(host for host, one in HOSTS.items() if name in one.rules)
        tests = "\n".join(f"- `{test}`" for test in rule.tests)
        parts.append(f"**{rule.text}** For {hosts}. Source: {rule.source}.\n\n{tests}")
    return "\n\n".join(parts) + "\n"
