#!/usr/bin/env python3
"""Draws the logs of trainings as SVG: one file that needs nothing but Python.

    tenon_plot.py run.jsonl
    tenon_plot.py "no decay=a.jsonl" "decay 5=b.jsonl" -o runs.svg --show loss,accuracy --log-y loss

Each number of a log has a panel over the steps, or over what --x names, each log a colour. What was measured on
other data, eval_loss beside loss, is dashed in the same panel. Of what isn't finite, and
on a logarithmic axis of what isn't above 0, nothing is drawn.
"""

import argparse
import collections
import html
import json
import math
import pathlib
import sys

COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#444444"]
WIDTH, HEIGHT = 560, 190  # of a panel's inside
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 34, 46
PREFIX = "eval_"
HIDDEN = "seconds"


def read_log(path, x="step"):
    """For each number its points (x, value), in the order of the file."""
    curves, known = collections.defaultdict(list), set()
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                entry = json.loads(line)
                numbers = {name: math.nan if value is None else float(value) for name, value in entry.items()}
            except (ValueError, AttributeError, TypeError, OverflowError):
                if not line.endswith("\n"):
                    continue  # being written, or cut off
                raise ValueError(f"{path}:{number}: not a line of a log: {line.strip()[:60]}") from None
            known.update(numbers)
            # What is known before the first step has no loss.
            if x in numbers:
                for name, value in numbers.items():
                    if name not in (x, HIDDEN):
                        curves[name].append((numbers[x], value))
    if known and x not in known:
        raise ValueError(f"{path}: no line has '{x}'; they have {', '.join(sorted(known))}")
    return dict(curves)


class Axis:
    """Maps values to pixels, from `start` for the least to `end` for the greatest."""

    def __init__(self, values, start, end, is_log):
        self.start, self.end, self.is_log = start, end, is_log
        low, high = min(values, default=1), max(values, default=1)
        if is_log:
            low, high = math.log10(low), math.log10(high)
        if high - low <= 1e-9 * max(abs(low), abs(high)):
            low, high = low - 0.5, high + 0.5
        self.low, self.high = low, high

    def widened(self):
        """With room beyond the first and the last value."""
        margin = 0.05 * (self.high - self.low)
        self.low, self.high = self.low - margin, self.high + margin
        return self

    def place(self, value):
        value = math.log10(value) if self.is_log else value
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self):
        """Round values inside of the axis, about five."""
        if self.is_log and self.high - self.low >= 1.5:
            every = math.ceil((self.high - self.low) / 6)
            first = math.ceil(self.low)
            return [10.0**e for e in range(first, math.floor(self.high) + 1) if (e - first) % every == 0]
        low, high = (10**self.low, 10**self.high) if self.is_log else (self.low, self.high)
        raw = (high - low) / 5
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.8)
        return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def text(x, y, content, **style):
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in style.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{html.escape(str(content))}</text>'


def line(x1, y1, x2, y2, colour, **style):
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in style.items())
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{more}/>'


def thinned(points):
    """Of the points in a column of pixels the first, lowest, highest and last."""
    columns = {}
    for point in points:
        columns.setdefault(int(point[0]), []).append(point)
    for column in columns.values():
        heights = [y for _, y in column]
        kept = {0, heights.index(min(heights)), heights.index(max(heights)), len(column) - 1}
        yield from (column[k] for k in sorted(kept))


def curve(points, x, y, colour, dashed):
    """Lines through the points that can be drawn, broken at those that can't."""
    runs = [[]]
    for at, value in points:
        if is_drawn(at, x.is_log) and is_drawn(value, y.is_log):
            runs[-1].append((x.place(at), y.place(value)))
        elif runs[-1]:
            runs.append([])
    dash = ' stroke-dasharray="6 3"' if dashed else ""
    for run in runs:
        if len(run) == 1:
            yield f'<circle cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="2.5" fill="{colour}"/>'
        elif run:
            places = " ".join(f"{px:.1f},{py:.1f}" for px, py in thinned(run))
            yield f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="1.6"{dash}/>'


def is_drawn(value, is_log):
    return math.isfinite(value) and (value > 0 or not is_log)


def curves_of(name, logs):
    """Points, colour and whether dashed, of one number of all logs."""
    for k, log in enumerate(logs.values()):
        for field in (name, PREFIX + name):
            if field in log:
                yield log[field], COLOURS[k % len(COLOURS)], field != name


def panel(name, logs, top, x, x_name, log_y):
    """One number of all logs over the axis x, with its own."""
    right, bottom = LEFT + WIDTH, top + HEIGHT
    drawn = [point for points, _, _ in curves_of(name, logs) for point in points]
    values = [value for at, value in drawn if is_drawn(at, x.is_log) and is_drawn(value, log_y)]
    y = Axis(values, bottom, top, log_y).widened()
    yield "<g>"
    yield text(LEFT, top - 8, name, font_weight="bold")
    for tick in y.ticks():
        at = y.place(tick)
        yield line(LEFT, at, right, at, "#dddddd")
        yield text(LEFT - 6, at + 4, f"{tick:.4g}", text_anchor="end")
    for tick in x.ticks():
        at = x.place(tick)
        yield line(at, top, at, bottom, "#eeeeee")
        yield text(at, bottom + 15, f"{tick:.6g}", text_anchor="middle")
    yield f'<rect x="{LEFT}" y="{top}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#888888"/>'
    yield text((LEFT + right) / 2, bottom + 31, x_name, text_anchor="middle")
    for points, colour, dashed in curves_of(name, logs):
        yield from curve(points, x, y, colour, dashed)
    yield "</g>"


def legend(names, has_eval, top):
    """A line for each log, and what dashes mean; its height in pixels."""
    parts, x, y = [], LEFT, top
    entries = [(name, COLOURS[k % len(COLOURS)], "") for k, name in enumerate(names)]
    if has_eval:
        entries.append(("dashed: " + PREFIX + "...", "#888888", "6 3"))
    for name, colour, dash in entries:
        width = 40 + 7 * len(name)
        if x > LEFT and x + width > LEFT + WIDTH:
            x, y = LEFT, y + 18
        parts.append(line(x, y - 4, x + 22, y - 4, colour, stroke_width=2, stroke_dasharray=dash or "none"))
        parts.append(text(x + 28, y, name))
        x += width
    return parts, y - top + 18


def draw(logs, show=None, x="step", log_x=False, log_y=(), title=None):
    """The SVG text of a figure; `logs` maps names to what read_log gives."""
    fields = list(dict.fromkeys(field for log in logs.values() for field in log))
    known = list(dict.fromkeys(field.removeprefix(PREFIX) for field in fields))
    for name in [*(show or ()), *log_y]:
        if name not in known:
            raise ValueError(f"no log has '{name}'; they have {', '.join(known) or 'no number'}")
    names = [name for name in known if not show or name in show]
    body, top = [], 20
    if title:
        body.append(text(LEFT, top, title, font_size=15, font_weight="bold"))
        top += 22
    parts, height = legend(logs, any(PREFIX + name in fields for name in names), top)
    body, top = body + parts, top + height
    steps = [at for name in names for points, _, _ in curves_of(name, logs) for at, _ in points]
    axis = Axis([at for at in steps if is_drawn(at, log_x)], LEFT, LEFT + WIDTH, log_x)
    for name in names:
        body += panel(name, logs, top + TOP, axis, x, name in log_y)
        top += TOP + HEIGHT + BOTTOM
    width = LEFT + WIDTH + RIGHT
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{top}" viewBox="0 0 {width} {top}"'
    style = ' font-family="sans-serif" font-size="12" fill="#222222">'
    background = f'<rect width="{width}" height="{top}" fill="#ffffff"/>'
    return "\n".join([head + style, background, *body, "</svg>\n"])


def main():
    first, _, rest = __doc__.partition("\n\n")
    parser = argparse.ArgumentParser(
        description=first, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("logs", nargs="+", metavar="[NAME=]LOG", help="what --log has written")
    parser.add_argument("-o", "--output", help="the figure; else the first log's name with .svg")
    parser.add_argument("--show", help="the numbers to draw, with commas between them; else all")
    parser.add_argument("--x", default="step", help="the number along the horizontal axis")
    parser.add_argument("--log-x", action="store_true", help="that axis is logarithmic")
    parser.add_argument("--log-y", default="", help="the numbers whose axes are logarithmic")
    parser.add_argument("--title")
    given = parser.parse_args()
    logs = {}
    for item in given.logs:
        name, separator, path = item.rpartition("=")
        name = name if separator else pathlib.Path(path).stem
        logs[path if name in logs else name] = path
    output = given.output or str(pathlib.Path(next(iter(logs.values()))).with_suffix(".svg"))
    try:
        if pathlib.Path(output).resolve() in [pathlib.Path(path).resolve() for path in logs.values()]:
            raise ValueError(f"{output}: the figure would replace a log; name another file by -o")
        figure = draw(
            {name: read_log(path, given.x) for name, path in logs.items()},
            x=given.x,
            show=given.show and given.show.split(","),
            log_x=given.log_x,
            log_y=[name for name in given.log_y.split(",") if name],
            title=given.title,
        )
        pathlib.Path(output).write_text(figure, encoding="utf-8")
    except (OSError, ValueError) as error:
        sys.exit(f"tenon_plot: error: {error}")
    print(output)


if __name__ == "__main__":
    main()
