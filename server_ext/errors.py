"""What a request can do wrong, beyond what the compiler and the runner already say.

    PrismError
    └── RequestError
        ├── BodyUnreadable      the body is not UTF-8 JSON
        ├── BodyTooLarge        the body is larger than the server reads
        ├── FieldInvalid        a field is missing, unknown or of the wrong type
        ├── PathOutsideRoot     the path leaves the folder that the server shows
        ├── FolderMissing       the notebook's folder does not exist on this server
        ├── PipelineHasErrors   the notebook compiles to a pipeline that cannot run
        ├── ExecutedMissing     the run has left no executed notebook
        ├── ExampleMissing      nbprism comes with no example of that name
        ├── FilesElsewhere      this server's files are not on a disk that runs can read
        └── TooManyStreams      the server follows as many runs as it is allowed to

Each of them pickles, like every error of nbprism.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.errors import PrismError


class RequestError(PrismError):
    """Root of the errors that only a request can cause."""

    code = "request-invalid"

    def details(self) -> dict[str, Any]:
        """Return what a client may want besides the code and the sentence."""
        return {}


class BodyUnreadable(RequestError):
    """The body of the request is not JSON in UTF-8."""

    code = "body-unreadable"


class BodyTooLarge(RequestError):
    """The body of the request is larger than the server reads."""

    code = "body-too-large"

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(
            f"The request is larger than {limit:,} bytes. Clear large outputs of the notebook, "
            "or raise PrismApp.max_body_bytes."
        )

    def __reduce__(self) -> tuple[type[BodyTooLarge], tuple[int]]:
        return type(self), (self.limit,)


class FieldInvalid(RequestError):
    """A field of the request is missing, unknown or not what it has to be."""

    code = "field-invalid"

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        self.problem = problem
        super().__init__(f"'{field}' {problem}.")

    def __reduce__(self) -> tuple[type[FieldInvalid], tuple[str, str]]:
        return type(self), (self.field, self.problem)

    def details(self) -> dict[str, Any]:
        return {"field": self.field}


class PathOutsideRoot(RequestError):
    """The path does not name a file inside the folder that the server shows."""

    code = "path-outside-root"

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(
            f"{path!r} is not inside the folder this Jupyter server was started in. "
            "Links that lead out of it are not followed."
        )

    def __reduce__(self) -> tuple[type[PathOutsideRoot], tuple[str]]:
        return type(self), (self.path,)


class FolderMissing(RequestError):
    """The notebook's folder does not exist, so there is nowhere to run and keep results."""

    code = "folder-missing"


class ExecutedMissing(RequestError):
    """The run has not written the executed notebook, or not yet."""

    code = "executed-missing"


class ExampleMissing(RequestError):
    """nbprism comes with no example of that name."""

    code = "example-missing"


class FilesElsewhere(RequestError):
    """The server's contents are not files on this machine, so a run could not reach them."""

    code = "files-elsewhere"


class PipelineHasErrors(RequestError):
    """The notebook is readable, but its pipeline has errors and cannot run."""

    code = "pipeline-has-errors"

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        errors = [d for d in self.diagnostics if d.severity == "error"]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"The notebook cannot run as a pipeline: {errors[0].message}{more}")

    def __reduce__(self) -> tuple[type[PipelineHasErrors], tuple[tuple[Diagnostic, ...]]]:
        return type(self), (self.diagnostics,)


class TooManyStreams(RequestError):
    """As many runs are being followed as the server allows."""

    code = "too-many-streams"
