"""Reads the values of logs back from the figure that tenon_plot.py draws of them, by the
labels of its axes.

usage: check_plot.py FOLDER_OF_TENON_PLOT WORK_FOLDER
"""

import json
import math
import os
import subprocess
import sys
import xml.etree.ElementTree as xml

sys.path.insert(0, sys.argv[1])
import tenon_plot  # noqa: E402

work = sys.argv[2]
os.makedirs(work, exist_ok=True)
NAME = "{http://www.w3.org/2000/svg}"


def write(name, lines):
    path = os.path.join(work, name)
    with open(path, "w") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    return path


def ruler(labels, is_log):
    """The value at a pixel, from two labels of an axis and their pixels."""
    (a, at), (b, bt) = labels[0], labels[-1]
    a, b = (math.log10(a), math.log10(b)) if is_log else (a, b)
    assert at != bt and a != b, labels
    return lambda pixel: (lambda v: 10**v if is_log else v)(a + (b - a) * (pixel - at) / (bt - at))


def panels(svg, log_x=False, log_y=()):
    """Name, and curves as (colour, is dashed, points) in the units of the axes."""
    for group in xml.fromstring(svg).iter(NAME + "g"):
        texts = list(group.iter(NAME + "text"))
        name = texts[0].text
        below = [t for t in texts[1:] if t.get("text-anchor") == "middle"]
        x_labels = [(float(t.text), float(t.get("x"))) for t in below[:-1]]
        beside = [t for t in texts if t.get("text-anchor") == "end"]
        y_labels = [(float(t.text), float(t.get("y")) - 4) for t in beside]
        assert 3 <= len(x_labels) <= 9 and 3 <= len(y_labels) <= 9, (name, x_labels, y_labels)
        x, y = ruler(x_labels, log_x), ruler(y_labels, name in log_y)
        curves = []
        for shape in group.iter(NAME + "polyline"):
            places = [tuple(map(float, place.split(","))) for place in shape.get("points").split()]
            points = [(x(px), y(py)) for px, py in places]
            curves.append((shape.get("stroke"), shape.get("stroke-dasharray") is not None, points))
        circles = [(x(float(c.get("cx"))), y(float(c.get("cy")))) for c in group.iter(NAME + "circle")]
        yield name, below[-1].text, curves, circles


def near(a, b, relative):
    return len(a) == len(b) and all(
        abs(p - q) <= relative * max(abs(p), abs(q), 1e-3) for u, v in zip(a, b) for p, q in zip(u, v)
    )


steps = [5 * k for k in range(1, 41)]
loss = [3e-3 * math.exp(-s / 20) for s in steps]
first = [{"step": s, "loss": v, "accuracy": s / 200, "seconds": 9} for s, v in zip(steps, loss)]
first[7].update(eval_loss=0.5, eval_accuracy=0.25)
first[39].update(eval_loss=0.25, eval_accuracy=0.75)
second = [{"step": 1, "loss": 0.02}, {"step": 2, "loss": None}, {"step": 100, "loss": 0.2}, {"step": 150, "loss": 0}]
second.append({"step": 200, "loss": 0.1})
logs = {"first <&>": tenon_plot.read_log(write("a.jsonl", first)), "b": tenon_plot.read_log(write("b.jsonl", second))}

drawn = list(panels(tenon_plot.draw(logs, log_y=["loss"], title="t"), log_y=["loss"]))
assert [(name, x) for name, x, _, _ in drawn] == [("loss", "step"), ("accuracy", "step")], drawn
(_, _, losses, circles), (_, _, accuracies, _) = drawn
blue, orange = tenon_plot.COLOURS[:2]
assert [curve[:2] for curve in losses] == [(blue, False), (blue, True)], losses
assert near(losses[0][2], list(zip(steps, loss)), 0.01), losses[0]
assert near(losses[1][2], [(40, 0.5), (200, 0.25)], 0.02), losses[1]
# What isn't a number, and 0 on a logarithmic axis, parts the curve: each point stands alone.
assert near(circles, [(1, 0.02), (100, 0.2), (200, 0.1)], 0.05), circles
assert [curve[:2] for curve in accuracies] == [(blue, False), (blue, True)], accuracies
assert near(accuracies[0][2], [(s, s / 200) for s in steps], 0.02), accuracies[0]

# On a linear axis 0 is drawn.
((_, _, losses, circles),) = panels(tenon_plot.draw({"b": logs["b"]}))
assert near(losses[0][2], [(100, 0.2), (150, 0), (200, 0.1)], 0.02) and len(circles) == 1, losses

# Of many points those stay that the eye can tell apart: the peaks do.
many = [(k, 100.0 if k == 7777 else -50.0 if k == 12345 else k % 3) for k in range(1, 20001)]
((_, _, curves, _),) = panels(tenon_plot.draw({"m": {"y": many}}, log_x=True), log_x=True)
assert len(curves[0][2]) < 4 * 600, len(curves[0][2])
values = [value for _, value in curves[0][2]]
assert abs(max(values) - 100) < 1 and abs(min(values) + 50) < 1, (max(values), min(values))

# The program: several logs, other names, another axis.
rows = write("rows.jsonl", [{"share": k / 10, "kept": 1 - k / 10} for k in range(10)])
program = [sys.executable, os.path.join(sys.argv[1], "tenon_plot.py")]
done = subprocess.run([*program, f"left out={rows}", "--x", "share"], capture_output=True, text=True)
assert done.returncode == 0 and done.stdout == rows.replace(".jsonl", ".svg") + "\n", done
with open(done.stdout.strip()) as file:
    svg = file.read()
((name, x, curves, _),) = panels(svg)
assert (name, x) == ("kept", "share") and "left out" in svg, (name, x)
assert near(curves[0][2], [(k / 10, 1 - k / 10) for k in range(10)], 0.02), curves

# A last line that is cut off is left out; what is known before the first step has no loss.
cut = write("cut.jsonl", [{"step": 0, "eval_loss": 3}, {"step": 1, "loss": 2}, {"step": 2, "loss": 1}])
with open(cut, "a") as file:
    file.write('{"step": 3, "lo')
curves = tenon_plot.read_log(cut, "loss")
assert curves == {"step": [(2.0, 1.0), (1.0, 2.0)]}, curves
with open(os.path.join(work, "text.jsonl"), "w") as file:
    file.write('{"step": 1, "loss": [2]}\n')

for arguments, message in (
    ([rows], "rows.jsonl: no line has 'step'; they have kept, share"),
    ([os.path.join(work, "text.jsonl")], "text.jsonl:1: not a line of a log"),
    ([rows, "--x", "share", "-o", rows], "the figure would replace a log"),
    ([rows, "--x", "share", "--show", "lost"], "no log has 'lost'; they have kept"),
    ([os.path.join(work, "none")], "No such file"),
):
    done = subprocess.run([*program, *arguments], capture_output=True, text=True)
    assert done.returncode == 1 and message in done.stderr, done
