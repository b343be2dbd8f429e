"""What a cell has written so far, and the operations that lead there.

Takes a kernel's messages and keeps the cell's outputs as nbformat wants them; gives the same story
as `append`, `clear` and `update` operations for whoever is watching.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from nbformat.notebooknode import from_dict

from nbprism.runner.kernels.channels import Message
from nbprism.runner.unit.streamtext import folded, settled
from nbprism.runner.unit.whole_output import WholeOutput

Output = dict[str, Any]
Op = dict[str, Any]

DISPLAYED: Final = frozenset({"stream", "display_data", "execute_result", "error"})
UPDATING: Final = frozenset({"display_data", "execute_result", "update_display_data"})
MAX_BYTES: Final = 10_000_000
"""How much of one cell's output is kept, unless the unit says otherwise."""


class CellOutputs:
    """The outputs of one cell.

    What is over the limit is not shown; `whole`, if there is one, gets all of it.
    """

    def __init__(self, max_bytes: int = MAX_BYTES, whole: WholeOutput | None = None) -> None:
        self._outputs: list[Output] = []
        self._texts: list[list[str]] = []
        self._display_ids: list[str | None] = []
        self._max_bytes = max_bytes
        self._whole = whole
        self._size = 0
        self._clear_next = False
        self.truncated = False

    def apply(self, message: Message) -> list[Op]:
        """Take one message of the cell and return what it changes."""
        kind, content = message["msg_type"], message["content"]
        if kind == "clear_output":
            return [self._clear(wait=bool(content.get("wait")))]
        if kind in DISPLAYED:
            return list(self._append(_output(message), _display_id(content)))
        return []

    def update(self, message: Message) -> list[Op]:
        """Replace what is displayed under the message's display id, if that was in this cell."""
        display_id = _display_id(message["content"]) if message["msg_type"] in UPDATING else None
        if display_id is None or display_id not in self._display_ids:
            return []
        data = {key: message["content"][key] for key in ("data", "metadata")}
        for index, known in enumerate(self._display_ids):
            if known == display_id:
                self._size += _weight(data) - _weight(self._outputs[index])
                self._outputs[index] = {**self._outputs[index], **data}
        output = {"output_type": "display_data", **data}
        return [{"op": "update", "display_id": display_id, "output": output}]

    def result(self) -> list[Any]:
        """Return the outputs as they stand in the end, streams settled."""
        if self._whole is not None:
            self._whole.finish()
        return [from_dict(output) for output in self._settled()]  # type: ignore[no-untyped-call]

    def _settled(self) -> Iterator[Output]:
        for output, text in zip(self._outputs, self._texts, strict=True):
            if output["output_type"] == "stream":
                yield {**output, "text": settled("".join(text))}
            else:
                yield output

    def _clear(self, *, wait: bool) -> Op:
        if wait:
            self._clear_next = True
        else:
            self._empty()
        return {"op": "clear", "wait": wait}

    def _empty(self) -> None:
        if self.truncated and self._whole is not None:
            self._whole.discard()
        self._clear_next = self.truncated = False
        self._outputs, self._texts, self._display_ids, self._size = [], [], [], 0

    def _append(self, output: Output, display_id: str | None) -> Iterator[Op]:
        if self._clear_next:
            self._empty()
        if self.truncated:
            self._write_whole([output])
            if output["output_type"] != "error":
                return
        op: Op = {"op": "append", "output": output}
        self._size += _weight(output)
        if self._size > self._max_bytes and output["output_type"] != "error":
            self.truncated = True
            self._write_whole([*self._settled(), output])
            op, display_id = self._notice(), None
        self._keep(op["output"], display_id)
        yield op if display_id is None else {**op, "display_id": display_id}

    def _write_whole(self, outputs: Iterable[Output]) -> None:
        if self._whole is not None:
            self._whole.write(outputs)

    def _notice(self) -> Op:
        whole = "" if self._whole is None else "; `nbprism logs RUN STEP --full` prints all of it"
        text = (
            f"\n[nbprism] This cell wrote more than {self._max_bytes / 1e6:g} MB; "
            f"the rest is not shown{whole}.\n"
        )
        op: Op = {
            "op": "append",
            "output": {"output_type": "stream", "name": "stderr", "text": text},
        }
        return op if self._whole is None else {**op, "whole": self._whole.name}

    def _keep(self, output: Output, display_id: str | None) -> None:
        last = self._outputs[-1] if self._outputs else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            self._texts[-1].append(output["text"])
            if "\r" in output["text"]:
                self._settle_last()
            return
        self._outputs.append(output)
        self._texts.append([output["text"]] if output["output_type"] == "stream" else [])
        self._display_ids.append(display_id)

    def _settle_last(self) -> None:
        """Forget overwritten lines now: a progress bar must not count towards the limit."""
        pieces = self._texts[-1]
        tail = [pieces.pop()]
        while pieces and "\n" not in tail[0]:
            tail.insert(0, pieces.pop())
        text = folded("".join(tail))
        self._size -= sum(map(len, tail)) - len(text)
        pieces.append(text)


def _output(message: Message) -> Output:
    output: Output = {"output_type": message["msg_type"], **message["content"]}
    output.pop("transient", None)
    return output


def _display_id(content: dict[str, Any]) -> str | None:
    found: str | None = (content.get("transient") or {}).get("display_id")
    return found


def _weight(output: Output) -> int:
    if "text" in output:
        return len(output["text"])
    data = output.get("data") or {}
    return sum(len(value) if isinstance(value, str) else 1000 for value in data.values())
