"""Sizes of axes as the language has them: sums of products of dims."""


class Size:
    """A polynomial: {sorted names: factor}."""

    def __init__(self, value):
        if isinstance(value, Size):
            self.terms = value.terms
        elif isinstance(value, int):
            self.terms = {(): value} if value else {}
        elif isinstance(value, str):
            self.terms = {(value,): 1}
        else:
            self.terms = {names: factor for names, factor in value.items() if factor}

    def __add__(self, other):
        terms = dict(self.terms)
        for names, factor in Size(other).terms.items():
            terms[names] = terms.get(names, 0) + factor
        return Size(terms)

    def __mul__(self, other):
        terms = {}
        for names, factor in self.terms.items():
            for others, times in Size(other).terms.items():
                both = tuple(sorted(names + others))
                terms[both] = terms.get(both, 0) + factor * times
        return Size(terms)

    def __eq__(self, other):
        return isinstance(other, (Size, int, str)) and self.terms == Size(other).terms

    def __hash__(self):
        return hash(frozenset(self.terms.items()))

    def __str__(self):
        texts = []
        for names, factor in self.terms.items():
            parts = ([str(factor)] if factor != 1 or not names else []) + list(names)
            texts.append(" * ".join(parts))
        return " + ".join(texts) or "0"

    @property
    def known(self):
        """Its number when it holds no dim, else None."""
        return self.terms.get((), 0) if not any(self.terms) else None

    def at(self, dims):
        number = 0
        for names, factor in self.terms.items():
            for name in names:
                factor *= dims[name]
            number += factor
        return number


def shape_at(shape, dims):
    return tuple(size.at(dims) for size in shape)


def shape_text(shape):
    return "[" + ", ".join(map(str, shape)) + "]"
