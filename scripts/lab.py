"""Run the lab and keep its outputs, small, in the notebook: ``python scripts/lab.py``."""

from __future__ import annotations

import base64
import io
import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

LAB = Path(__file__).resolve().parents[1] / "docs" / "lab.ipynb"
SKIP = "skip-execution"


def run(notebook: nbformat.NotebookNode) -> None:
    """Execute all cells except the one that installs, on one thread: the nets are small."""
    os.environ["OMP_NUM_THREADS"] = "1"
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", skip_cells_with_tag=SKIP, record_timing=False
    )
    client.execute()


def smaller(picture: str) -> str:
    """Return a PNG in 64 colours, which are enough for these pictures."""
    image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    written = io.BytesIO()
    image.quantize(64).save(written, format="PNG", optimize=True)
    return base64.b64encode(written.getvalue()).decode()


def main() -> None:
    """Renew the committed outputs."""
    notebook = nbformat.read(LAB, as_version=4)
    run(notebook)
    for cell in notebook.cells:
        # What libraries print about the machine is not part of the lesson.
        outputs = [o for o in cell.get("outputs", []) if o.get("name") != "stderr"]
        for output in outputs:
            if "image/png" in output.get("data", {}):
                output["data"]["image/png"] = smaller(output["data"]["image/png"])
        if cell.cell_type == "code":
            cell.outputs = outputs
    nbformat.write(notebook, LAB)


if __name__ == "__main__":
    main()
