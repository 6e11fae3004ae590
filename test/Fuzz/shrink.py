"""Makes a model that fails smaller, as long as it fails in the same way."""

import dataclasses

from graph import Entry, Input, Model


def smaller_models(model, sample):
    """Models with a little less: one entry, one output, or a statement whose result
    is handed in instead."""
    if len(model.entries) > 1:
        for entry in model.entries:
            yield Model(model.dims, [entry])
    for i, entry in enumerate(model.entries):

        def with_entry(changed):
            entries = list(model.entries)
            entries[i] = changed.live()
            return Model(model.dims, entries)

        if len(entry.outputs) > 1:
            for output in entry.outputs:
                yield with_entry(dataclasses.replace(entry, outputs=[output]))
            for output in entry.outputs:
                rest = [t for t in entry.outputs if t is not output]
                yield with_entry(dataclasses.replace(entry, outputs=rest))
        results = {s.result.name for s in entry.statements}
        for statement in entry.statements:
            # Results of the operands become outputs: what follows goes.
            inner = [t for t in statement.operands if t.name in results]
            if inner:
                yield with_entry(dataclasses.replace(entry, outputs=inner))
        for statement in entry.statements:
            if any(statement.result.name == t.name for t in entry.outputs):
                continue
            rest = [s for s in entry.statements if s is not statement]
            item = Input(statement.result, sample(statement.result.dtype))
            yield with_entry(Entry(entry.name, entry.inputs + [item], rest, entry.outputs))


def shrink(model, fails, sample, attempts=150):
    """The smallest model found for which `fails(model)` holds."""
    improved = True
    while improved and attempts > 0:
        improved = False
        for candidate in smaller_models(model, sample):
            if not candidate.entries[0].outputs or attempts <= 0:
                continue
            attempts -= 1
            if fails(candidate):
                model, improved = candidate, True
                break
    return model
