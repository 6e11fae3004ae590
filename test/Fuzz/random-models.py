# RUN: %python %s %tenonc %t --models 40 --jobs 2
"""Random models give what they mean.

Each seed makes a model of random dataflow, two sets of sizes (the second may hold
empty axes), and for each of them ordinary inputs and inputs with NaN, infinities,
denormals and huge values. The compiled program and the f64 interpreter must both
lie within the bounds that `bounded.py` computes on the side, place by place; the
program must give the same bits on 1 and 2 threads. A model that fails is made
smaller and printed.

    random-models.py TENONC SCRATCH [--models N] [--seed FIRST] [--jobs N] [--keep]
"""

import argparse
import multiprocessing
import pathlib
import sys
import traceback

import numpy as np
import operations
from checking import Finding, Share, check_model, tools_beside
from generator import Generator, coins, normal, whole
from shrink import shrink

LEAST_KNOWN = 0.5  # of all elements, else the test looks at too little


def make_model(seed):
    generator = Generator(seed, operations.ALL)
    return generator.model(), generator.worlds


def inputs_of(dtype):
    """Values that stand for a statement that was left out."""
    if dtype == "f32":
        return normal(1)
    return coins(0.5) if dtype == "bool" else whole(0, 0, dtype)


def check_seed(job):
    """The report of one seed: None, or the text of a finding; and what was compared."""
    seed, tools, scratch, keep = job
    folder = pathlib.Path(scratch) / f"seed{seed}"
    # Both levels now and then: code that cannot run here must compile all the same.
    levels = () if seed % 8 == 0 else ("--mcpu=x86-64-v3",)
    try:
        model, worlds = make_model(seed)
    except Exception:
        return seed, f"generator: {traceback.format_exc()}", Share()
    if model is None:
        return seed, None, Share()
    try:
        return seed, None, check_model(model, worlds, tools, folder, seed, levels)
    except Finding as finding:
        first = finding
    except Exception:
        return seed, f"generator: {traceback.format_exc()}\n{model.text()}", Share()

    def fails(candidate):
        try:
            check_model(candidate, worlds, tools, folder, seed, levels)
        except Finding as finding:
            return finding.kind == first.kind
        except Exception:
            return False
        return False

    model = shrink(model, fails, inputs_of) if not keep else model
    sizes = ", ".join(f"{w.dims}" for w in worlds)
    try:
        check_model(model, worlds, tools, folder, seed, levels)
    except Finding as finding:
        first = finding
    return seed, f"{first}\n  sizes {sizes}\n{model.text()}", Share()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tenonc")
    parser.add_argument("scratch")
    parser.add_argument("--models", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="print a failing model as it was made")
    options = parser.parse_args()
    tools = tools_beside(options.tenonc)
    seeds = range(options.seed, options.seed + options.models)
    jobs = [(seed, tools, options.scratch, options.keep) for seed in seeds]
    found, total = 0, Share()
    with multiprocessing.Pool(options.jobs) as pool:
        for seed, text, share in pool.imap_unordered(check_seed, jobs):
            total.elements += share.elements
            total.known += share.known
            if text:
                found += 1
                print(f"seed {seed}: {text}", flush=True)
    print(f"{len(jobs)} models, {found} findings; {total.elements} elements, {total.known} with a bound")
    if found or total.known < LEAST_KNOWN * total.elements or not total.known:
        sys.exit(1)


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
