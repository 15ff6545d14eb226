"""The magics in ``ipython`` on a pseudo-terminal: what is printed, with Tab and Ctrl+C.

The terminal's escape sequences are taken out, as a terminal takes them out of what it shows; everything else must be
readable text.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 60
#: ECMA-48 control sequences, the character sets and keypad modes of VT100, and xterm's window titles.
SEQUENCES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>]|\x1b\][^\x07]*\x07")
#: Ctrl+U empties the line.
CLEAR = "\x15"
THREADS = "print(sorted(t.name for t in __import__('threading').enumerate() if t.name.startswith('k')))"


class Terminal:
    """An IPython with somebody at the keyboard."""

    def __init__(self, folder: Path) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("KONTENA_WS_")}
        # prompt_toolkit asks terminals where the cursor is and waits for an answer that pexpect does not give.
        environ |= {
            "PYTHONPATH": str(ROOT),
            "IPYTHONDIR": str(folder),
            "PROMPT_TOOLKIT_NO_CPR": "1",
            "TERM": "xterm-256color",
        }
        environ |= {"LC_ALL": "C.UTF-8", "PAGER": "cat"}
        arguments = [
            "-m",
            "IPython",
            "--no-banner",
            "--colors=nocolor",
            "--no-confirm-exit",
            "--HistoryManager.enabled=False",
        ]
        self.child = pexpect.spawn(
            sys.executable, arguments, env=environ, dimensions=(60, 200), encoding="utf-8", timeout=SECONDS
        )
        self._prompt = 1
        self._until_prompt()

    def _until_prompt(self) -> str:
        self.child.expect(re.escape(f"In [{self._prompt}]:"))
        return self.child.before or ""

    def run(self, line: str) -> list[str]:
        """Type a line; give the lines it puts out."""
        self._prompt += 1
        self.child.sendline(line)
        # The line is echoed while it is typed; the output begins behind the Enter.
        shown = SEQUENCES.sub("", self._until_prompt()).rpartition(f"{line}\r\r\n")[2]
        assert not re.search(r"[^\x20-\x7e\r\n▲▼●○→↑↓…·✗–“”]", shown), shown
        return [row.rstrip("\r") for row in shown.strip().split("\n")]

    def press(self, keys: str, *wanted: str) -> None:
        """Press keys without Enter until the screen has all of this."""
        self.child.send(keys)
        for text in wanted:
            self.child.expect(re.escape(text))

    def leave(self) -> int | None:
        """Type exit; give the exit code."""
        self.child.sendline("exit")
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.child.close(force=True)


def test_a_conversation(terminal: Terminal) -> None:
    assert terminal.run("%load_ext kontena_ws_nb") == [""]
    said, out, head, traffic = terminal.run("%ws_connect")
    assert re.fullmatch(r"connected to ws://127\.0\.0\.1:\d+/; the session is in the variable ws", said)
    assert out == "Out[2]: "
    assert re.fullmatch(r"● open  ws://127\.0\.0\.1:\d+/  \[ws\]", head)
    assert traffic == "  ▲ 0 sent (0 bytes)   ▼ 0 received (0 bytes)"
    assert terminal.run("%ws_send hello") == ["sent to ws: text, 5 bytes"]
    answer = terminal.run("%ws_expect hello")
    assert answer[1].startswith("Message 2  ↓ received  text  5 bytes  ")
    assert answer[2:] == ["hello"]
    table = terminal.run("%ws_messages kind:text")
    assert table[1] == "2 rows"
    assert [row.split()[2:] for row in table[2:]] == [
        ["↑", "sent", "text", "5", "hello"],
        ["↓", "received", "text", "5", "hello"],
    ]
    rows = terminal.run("%ws_list")
    assert rows[1].split() == ["Name", "State", "URL", "Sent", "Received", "Rows", "kept"]
    assert rows[2].split()[:4] == ["→", "ws", "●", "open"]
    assert terminal.run("%ws_ping;") == [""]
    assert terminal.run("ws")[1] == head
    (error,) = terminal.run("%ws_connect demo+tls")
    assert error.startswith("SSLVerifyError: wss://127.0.0.1:")
    card = terminal.run("%ws_cert")
    assert card[1] == "[✗ bad] localhost for 127.0.0.1"
    assert "refused: self-signed certificate" in card
    title, first = terminal.run("%ws_panel")[:2]  # once: the widget has no text of its own here
    assert re.fullmatch(r"(Out\[\d+\]: )?ws  ws://127\.0\.0\.1:\d+/  open: \d+ rows", title)
    assert "connected to ws://127.0.0.1:" in first
    assert any("%ws_connect wss://host/path" in line for line in terminal.run("%ws_help"))
    assert "--repeat N" in "\n".join(terminal.run("%ws_send?"))
    assert terminal.run("%ws_close 1000 bye") == ["ws is closed with 1000 (normal closure)"]
    assert terminal.run("%unload_ext kontena_ws_nb") == [""]
    assert terminal.run(THREADS) == ["[]"]
    assert terminal.leave() == 0


def test_tab(terminal: Terminal) -> None:
    terminal.run("%load_ext kontena_ws_nb")
    terminal.run("%ws_connect -s feed demo;")
    terminal.press("%ws_use fe\t", "ed")
    terminal.run("")
    terminal.press("%ws_connect --no-v\t", "erify")
    terminal.press(CLEAR)
    terminal.press("%ws_close 101\t", "1010", "1011", "1014")
    terminal.press("\t\t", "internal error")  # the second one, and what it means
    terminal.press(CLEAR)
    assert terminal.leave() == 0


def test_ctrl_c_stops_the_magic_and_nothing_else(terminal: Terminal) -> None:
    terminal.run("%load_ext kontena_ws_nb")
    terminal.run("%ws_connect demo;")
    terminal.child.sendline("%ws_send --expect never --timeout 60 hello")
    terminal.child.expect("sent to ws")
    terminal.child.sendintr()
    terminal.child.expect("KeyboardInterrupt: the magic was interrupted; open sessions stay open, %ws_list shows them")
    terminal._prompt += 1
    assert "Traceback" not in terminal._until_prompt()
    assert terminal.run("%ws_send again") == ["sent to ws: text, 5 bytes"]
    assert terminal.leave() == 0  # with the session open: no thread holds the exit up


def test_an_error_is_the_exit_code_of_a_script(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(tmp_path)}
    cells = "%load_ext kontena_ws_nb\n%ws_send hello\nprint('not reached')"
    command = [sys.executable, "-m", "IPython", "--colors=nocolor", "--HistoryManager.enabled=False", "-c", cells]
    done = subprocess.run(
        command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 1
    assert (
        done.stdout
        == "UsageError: %ws_send: no session is open; %ws_connect URL opens one (without a URL: the demo server)\n"
    )
