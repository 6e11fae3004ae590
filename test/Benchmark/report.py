"""What a benchmark hands out: tables as Markdown and JSON, and the machine.

table = Table("GEMM", {"shape": "M, N, K", "ms": "median/ms"})
table.add(shape="197, 768, 768", ms=1.87)
print(to_markdown([table]))
write_json("result.json", [table])
"""

import json
import math
import os
import pathlib
import platform

NOT_MEASURED = "not measured"


class Table:
    """Rows of cells under named columns.

    `columns` maps the name of a column to its heading; a list of names gives
    headings equal to them. Lines in `notes` are printed below the rows."""

    def __init__(self, title, columns):
        self.title, self.rows, self.notes = title, [], []
        self.columns = columns if isinstance(columns, dict) else {c: c for c in columns}

    def add(self, **cells):
        """Appends a row. A cell is text, a number, or None: not measured; a
        column that is not named stays empty."""
        unknown = cells.keys() - self.columns.keys()
        if unknown:
            raise ValueError(f"{self.title}: no column {', '.join(sorted(unknown))}")
        self.rows.append(cells)

    def note(self, text):
        """Appends a line that is printed below the rows."""
        self.notes.append(text)


def cell_text(value):
    """A number with the digits a measurement deserves: three, or all that
    stand before the point."""
    if value is None:
        return NOT_MEASURED
    if isinstance(value, bool) or not isinstance(value, float):
        return str(value)
    if not math.isfinite(value):
        return "inf" if value > 0 else "-inf" if value < 0 else "nan"
    before = math.floor(math.log10(abs(value))) + 1 if value else 1
    return f"{value:.{min(max(3 - before, 0), 6)}f}"


def table_lines(table):
    """The lines of one Markdown table, its columns aligned as text."""
    lines = [list(table.columns.values())]
    for row in table.rows:
        lines.append([cell_text(row.get(name, "")) for name in table.columns])
    lines = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines)]
    lines.insert(1, ["-" * width for width in widths])
    for line in lines:
        yield "| " + " | ".join(c.ljust(w) for c, w in zip(line, widths)) + " |"


def to_markdown(tables):
    """All tables, each under its title."""
    parts = []
    for table in tables:
        parts.append("\n".join([f"## {table.title}", "", *table_lines(table)]))
        parts += table.notes
    return "\n\n".join(parts) + "\n"


def finite(value):
    """The same value where JSON can hold it; NaN and infinity as text."""
    bad = isinstance(value, float) and not math.isfinite(value)
    return cell_text(value) if bad else value


def write_json(path, tables):
    """The machine, and every table with its cells as they were given."""
    result = {
        "machine": machine(),
        "tables": [
            {
                "title": table.title,
                "columns": table.columns,
                "rows": [
                    {name: finite(value) for name, value in row.items()}
                    for row in table.rows
                ],
                "notes": table.notes,
            }
            for table in tables
        ],
    }
    text = json.dumps(result, indent=2, allow_nan=False)
    pathlib.Path(path).write_text(text + "\n", encoding="utf-8")


def cpu_info():
    """The first processor's entry of /proc/cpuinfo."""
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    lines = text.split("\n\n")[0].splitlines()
    pairs = (line.partition(":") for line in lines)
    return {key.strip(): value.strip() for key, _, value in pairs}


def cache_sizes():
    """Size of each data cache of the first core: {"L1": "32K", ...}."""
    sizes = {}
    for index in sorted(
        pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")
    ):
        if (index / "type").read_text().strip() != "Instruction":
            level = (index / "level").read_text().strip()
            sizes[f"L{level}"] = (index / "size").read_text().strip()
    return sizes


def machine():
    """What the numbers were measured on."""
    info = cpu_info()
    flags = set(info.get("flags", "").split())
    v3 = {"avx2", "fma", "f16c", "bmi2"} <= flags
    v4 = v3 and {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"} <= flags
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": info.get("model name", "unknown"),
        "family and model": f"{info.get('cpu family')}, {info.get('model')}",
        "cores": len(os.sched_getaffinity(0)),
        "caches": cache_sizes(),
        "level": "x86-64-v4" if v4 else "x86-64-v3" if v3 else "below x86-64-v3",
        "memory": f"{memory / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
    }


def machine_line():
    """The machine in one line, for the head of a report."""
    m = machine()
    caches = ", ".join(f"{name} {size}" for name, size in m["caches"].items())
    return (
        f"{m['cpu']} (family, model {m['family and model']}), {m['cores']} cores,"
        f" {m['level']}; {caches}; {m['memory']}; {m['system']}"
    )
