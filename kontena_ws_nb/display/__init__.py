"""How values look as HTML and as text.

Importing this registers each type with `render`; the modules that draw are imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..log.log import MessageLog
from ..log.message import Message
from ..log.sequence import Rows
from ..render import bundle, rich
from ..tls.certificate import Certificate, CertificateChain

if TYPE_CHECKING:
    from rich.text import Text


@bundle.register(Certificate)
def _certificate(value: Certificate) -> dict[str, str]:
    from .certificate import certificate_bundle

    return certificate_bundle(value)


@bundle.register(CertificateChain)
def _chain(value: CertificateChain) -> dict[str, str]:
    from .certificate import chain_bundle

    return chain_bundle(value)


@rich.register(Certificate)
def _certificate_rich(value: Certificate) -> Text:
    from .certificate_text import certificate_rich

    return certificate_rich(value)


@bundle.register(Message)
def _message(value: Message) -> dict[str, str]:
    from .message import message_bundle

    return message_bundle(value)


@bundle.register(MessageLog)
def _log(value: MessageLog) -> dict[str, str]:
    from .table import log_bundle

    return log_bundle(value)


@bundle.register(Rows)
def _rows(value: Rows) -> dict[str, str]:
    from .table import rows_bundle

    return rows_bundle(value)
